// SPDX-License-Identifier: Apache-2.0
#include "places.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using gatehouse::auth_socket::Connections;
using gatehouse::auth_socket::crowded;
using gatehouse::auth_socket::Descriptor;
using gatehouse::auth_socket::has_room;
using gatehouse::auth_socket::Instant;
using gatehouse::auth_socket::network_of;

/// Adds questions of `peer` that the engine has; one without a realm is not asked yet.
void add(Connections& all, int count, uid_t peer, const std::string& realm = "", const std::string& network = "") {
  for (int i = 0; i < count; ++i) {
    const auto [at, added] = all.try_emplace(all.size(), Descriptor(), peer, Instant());
    REQUIRE(added);
    at->second.count_for(realm, network);
  }
}

TEST_CASE("an address counts for itself, or for its /64") {
  CHECK(network_of("192.0.2.7") == network_of("192.0.2.7"));
  CHECK(network_of("192.0.2.7") != network_of("192.0.2.8"));
  CHECK(network_of("2001:db8:0:7::1") == network_of("2001:0db8::7:ffff:0:0:9"));
  CHECK(network_of("2001:db8:0:7::1") != network_of("2001:db8:0:8::1"));
  CHECK(network_of("::ffff:192.0.2.7") == network_of("192.0.2.7"));
  for (const char* none : {"", "host.example", "192.0.2.7 ", "192.0.2", "fe80::1%eth0", "::ffff:192.0.2.7/64"}) {
    CHECK_MESSAGE(network_of(none).empty(), none);
  }
}

TEST_CASE("a user has four places, all but root together 128, root 256") {
  Connections all;
  add(all, 3, 1000);
  CHECK(has_room(all, 1000));
  add(all, 1, 1000);
  CHECK(!has_room(all, 1000));
  for (uid_t user = 1001; has_room(all, user); ++user) add(all, 4, user);
  CHECK(all.size() == 128);
  CHECK(has_room(all, 0));
  add(all, 256, 0);
  CHECK(!has_room(all, 0));
}

TEST_CASE("of root's, one realm, one address and all that have an address leave room for the others") {
  const std::string near;
  Connections all;
  add(all, 100, 1000, "a", network_of("192.0.2.1"));  // not root's
  add(all, 31, 0, "a", network_of("192.0.2.1"));
  CHECK(crowded(all, "a", network_of("192.0.2.1")) == nullptr);
  add(all, 1, 0, "a", network_of("192.0.2.1"));
  CHECK(crowded(all, "b", network_of("192.0.2.1")) != nullptr);
  CHECK(crowded(all, "a", network_of("192.0.2.2")) == nullptr);
  for (int i = 2; i < 98; ++i) add(all, 1, 0, "a", network_of("192.0.2." + std::to_string(i)));
  CHECK(crowded(all, "a", near) != nullptr);
  CHECK(crowded(all, "b", network_of("192.0.2.200")) == nullptr);
  add(all, 64, 0, "b", network_of("198.51.100.1"));
  CHECK(crowded(all, "b", network_of("192.0.2.200")) != nullptr);
  CHECK(crowded(all, "b", near) == nullptr);
  add(all, 100, 0);  // not asked yet
  CHECK(crowded(all, "b", near) == nullptr);
}

}  // namespace
