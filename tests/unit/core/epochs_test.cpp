// SPDX-License-Identifier: Apache-2.0
#include "region/epochs.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace {

using gatehouse::detail::Epochs;
using gatehouse::detail::PartsDigest;
using gatehouse::detail::Region;

const auto definition = PartsDigest().add("staff").finish();

struct TwoProcesses {
  std::shared_ptr<Region> region = Region::own(0);
  Epochs here{region, definition};
  Epochs there{region, definition};
};

void change(Epochs& epochs, std::string_view state, std::vector<std::string_view> changed) {
  const std::span<const std::string_view> those(changed);
  epochs.set_state(state, &those);
}

TEST_CASE("epochs move with every change and never back, for every process") {
  TwoProcesses p;
  const auto any = p.there.any();
  const auto bob = p.there.of("bob");
  p.here.invalidate("bob");
  CHECK(p.there.any() > any);
  CHECK(p.there.of("bob") > bob);
  const auto alice = p.there.of("alice");
  p.here.invalidate("");
  CHECK(p.there.of("alice") > alice);
  CHECK(p.there.of("bob") > bob);
  Epochs other(p.region, PartsDigest().add("guests").finish());
  const auto others = other.any();
  p.here.invalidate("");
  CHECK(other.any() == others);
}

TEST_CASE("what was asked behind another process counts for nothing, though this one has caught up meanwhile") {
  TwoProcesses p;
  p.here.set_state("monday", nullptr);
  p.there.set_state("monday", nullptr);
  CHECK(p.there.noted() == p.there.any());
  change(p.here, "tuesday", {"alice"});
  const auto before = p.there.noted();
  change(p.there, "tuesday", {"alice"});
  CHECK(p.there.current());
  CHECK(p.there.any() != before);
  CHECK(p.there.noted() == p.there.any());
}

TEST_CASE("while another process is ahead, nothing is remembered; who catches up drops nothing") {
  TwoProcesses p;
  p.here.set_state("monday", nullptr);
  p.there.set_state("monday", nullptr);
  CHECK(p.here.current());
  CHECK(p.there.current());
  const auto alice = p.here.of("alice");
  const auto bob = p.here.of("bob");
  change(p.here, "tuesday", {"bob"});
  CHECK(p.here.of("bob") > bob);
  CHECK(p.here.of("alice") == alice);
  CHECK(p.here.current());
  CHECK_FALSE(p.there.current());
  const auto any = p.here.any();
  change(p.there, "tuesday", {"bob"});
  CHECK(p.there.current());
  CHECK(p.here.any() == any);
}

TEST_CASE("who comes from another state than the last does not know what changed: everybody is dropped") {
  TwoProcesses p;
  p.here.set_state("monday", nullptr);
  p.there.set_state("monday", nullptr);
  change(p.here, "tuesday", {});
  const auto alice = p.here.of("alice");
  change(p.there, "wednesday", {"bob"});  // it slept through tuesday
  CHECK(p.here.of("alice") > alice);
  CHECK_FALSE(p.here.current());
  change(p.here, "wednesday", {"carl"});
  CHECK(p.here.current());
}

TEST_CASE("a start in the state of before keeps what is remembered, in another it drops it") {
  const auto region = Region::own(0);
  Epochs before(region, definition);
  before.set_state("monday", nullptr);
  const auto alice = before.of("alice");
  Epochs restarted(region, definition);
  CHECK_FALSE(restarted.names_state());
  restarted.set_state("monday", nullptr);
  CHECK(restarted.names_state());
  CHECK(restarted.of("alice") == alice);
  Epochs later(region, definition);
  later.set_state("tuesday", nullptr);
  CHECK(later.of("alice") > alice);
}

TEST_CASE("many definitions come and go: the oldest gives way, and knows it") {
  const auto region = Region::own(0);
  Epochs first(region, definition, 1);
  CHECK(first.mine());
  std::vector<std::unique_ptr<Epochs>> all;
  for (std::uint64_t i = 0; i < 600; ++i) {
    all.push_back(std::make_unique<Epochs>(region, PartsDigest().add(i).finish(), 2 + i));
  }
  CHECK_FALSE(first.mine());
  CHECK_FALSE(first.current());
  CHECK(all.back()->mine());
  CHECK(all.back()->current());
  Epochs again(region, definition, 1'000);
  CHECK(again.mine());
}

TEST_CASE("who was given up and comes back finds none of the numbers that stood before, in whichever row") {
  const auto region = Region::own(0);
  Epochs first(region, definition, 1);
  for (int i = 0; i < 5; ++i) first.invalidate("");
  const auto any = first.any();
  const auto bob = first.of("bob");
  for (std::uint64_t i = 0; i < 600; ++i) {
    const Epochs other(region, PartsDigest().add(i).finish(), 2 + i);
  }
  Epochs again(region, definition, 1'000);
  for (int i = 0; i < 100; ++i) {
    CHECK(again.any() > any);
    CHECK(again.of("bob") > bob);
    again.invalidate(i % 2 == 0 ? "" : "bob");
  }
}

TEST_CASE("what is in use is not what gives way") {
  const auto region = Region::own(0);
  Epochs first(region, definition, 1);
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    first.used(2 + i);
    const Epochs other(region, PartsDigest().add(i).finish(), 2 + i);
    CHECK(first.mine());
  }
}

TEST_CASE("a state that another backend left in the row is none of who takes it over") {
  const auto region = Region::own(0);
  std::vector<std::unique_ptr<Epochs>> all;
  for (std::uint64_t i = 0; i < 512; ++i) {
    all.push_back(std::make_unique<Epochs>(region, PartsDigest().add(i).finish(), 1 + i));
    all.back()->set_state("monday", nullptr);
  }
  Epochs next(region, definition, 1'000);
  const auto any = next.any();
  next.set_state("monday", nullptr);
  CHECK(next.any() > any);
  CHECK(next.current());
}

}  // namespace
