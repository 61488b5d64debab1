// SPDX-License-Identifier: Apache-2.0
// A helper process that has been taken over says what it likes to the engine. It may answer for its own backend; it
// cannot end, hold up or fill the host.
#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <string>

#include "yard.hpp"

namespace {

using gatehouse::Decision;
using gatehouse::DecisionCode;
using gatehouse::Request;

Decision ask(const yard::Loaded& loaded, std::string_view user) {
  return loaded.realm->decide(Request::with_password(user, "x"));
}

bool comes_back(const yard::Loaded& loaded) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    if (ask(loaded, "bob").granted()) return true;
  }
  return false;
}

/// In KiB.
long resident() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

TEST_CASE("garbage on the wire ends the helper, not the host") {
  const yard::Folder folder;
  const std::string plugin = folder.bring("does_as_told");
  const long before = resident();
  for (const char* what : {"garbage", "nothing", "huge", "unknown-kind", "order", "reply", "short-answer",
                           "many-groups", "stranger", "claims"}) {
    CAPTURE(std::string(what));
    const auto loaded = yard::open(plugin, "workers = 2\ntimeout = \"1s\"\n", {}, "[cache]\nttl = \"0s\"\n");
    REQUIRE(loaded.error == "");
    const Decision decision = ask(loaded, what);
    // It may have answered properly before its end was seen.
    if (!decision.granted()) CHECK(decision.code() == DecisionCode::unavailable);
    CHECK(decision.subject() != "root");
    CHECK(comes_back(loaded));
    CHECK(loaded.logged("b: its process said what cannot be understood"));
  }
  CHECK(resident() - before < 64 * 1024);
}

TEST_CASE("a frame that never ends holds its own calls for their time, and no longer") {
  const yard::Folder folder;
  const auto loaded =
      yard::open(folder.bring("does_as_told"), "workers = 1\ntimeout = \"200ms\"\n", {}, "[cache]\nttl = \"0s\"\n");
  REQUIRE(loaded.error == "");
  const auto began = std::chrono::steady_clock::now();
  CHECK(ask(loaded, "half").code() == DecisionCode::unavailable);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
  CHECK(comes_back(loaded));
}

TEST_CASE("what it writes to its standard streams goes nowhere, and holds nobody up") {
  const yard::Folder folder;
  const auto loaded = yard::open(folder.bring("does_as_told"), "workers = 1\n");
  REQUIRE(loaded.error == "");
  CHECK(ask(loaded, "noise").granted());
  CHECK(loaded.log->size() < 100);
}

}  // namespace
