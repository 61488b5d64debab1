// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <gatehouse/network.hpp>
#include <string>
#include <vector>

using gatehouse::http::contain;
using gatehouse::http::Network;
using gatehouse::http::read_networks;
using gatehouse::http::SourceAddress;

namespace {

bool is_network(std::string_view text) {
  return static_cast<bool>(Network::read(text));
}

bool in(const std::string& network, std::string_view address) {
  const auto networks = read_networks(std::vector<std::string>{network});
  REQUIRE(networks);
  return contain(*networks, address);
}

std::string error_of(std::string_view text) {
  const auto network = Network::read(text);
  return network ? "" : network.error().message;
}

}  // namespace

TEST_CASE("what is no network is refused, with what to write") {
  for (const auto* text : {"",
                           "/",
                           "/8",
                           "10",
                           "10.0.0",
                           "10.0.0.0/",
                           "10.0.0.0/33",
                           "10.0.0.0/-1",
                           "10.0.0.0/+8",
                           "10.0.0.0/ 8",
                           "10.0.0.0/08",
                           "10.0.0.0/8/8",
                           "010.0.0.0/8",
                           "10.0.0.0/255.0.0.0",
                           "::/129",
                           "::/",
                           "::/1000",
                           ":::",
                           "[::1]",
                           "fe80::1%eth0",
                           "fe80::%1/64",
                           "localhost",
                           "unix:",
                           "unix/0",
                           "Unix",
                           "0.0.0.0/0 ",
                           " ::1",
                           "1.2.3.4:80",
                           "*",
                           "::ffff:0.0.0.0/95"}) {
    CAPTURE(text);
    CHECK_FALSE(is_network(text));
  }
  CHECK_FALSE(is_network(std::string_view("10.0.0.1\0", 9)));
  CHECK_FALSE(is_network(std::string(10'000, '1')));
  CHECK(error_of("10.1.2.3/8") == "\"10.1.2.3/8\" has bits beyond its length; the network is \"10.0.0.0/8\"");
  CHECK(error_of("2001:db8::1/32") ==
        "\"2001:db8::1/32\" has bits beyond its length; the network is \"2001:db8::/32\"");
  CHECK(error_of("10.0.0.0/33") == "\"10.0.0.0/33\" is no network: after the / comes a number from 0 to 32");
  CHECK(error_of("name") == "\"name\" is no network: expected ADDRESS, ADDRESS/BITS or unix");
  const auto several = read_networks(std::vector<std::string>{"10.0.0.0/8", "oops"});
  CHECK_FALSE(several);
}

TEST_CASE("an address that is none is in no network") {
  for (const auto* text : {"", "10.0.0", "010.0.0.1", "10.0.0.1:80", "[::1]", "::1%", "%eth0", "unknown", "Unix",
                           "10.0.0.1 ", "1.2.3.4%eth0", "0x0a.0.0.1", "167772161"}) {
    CAPTURE(text);
    CHECK_FALSE(SourceAddress::read(text));
    CHECK_FALSE(in("0.0.0.0/0", text));
    CHECK_FALSE(in("::/0", text));
    CHECK_FALSE(in("unix", text));
  }
}

TEST_CASE("a network holds its addresses and no others") {
  CHECK(in("10.0.0.0/8", "10.255.255.255"));
  CHECK_FALSE(in("10.0.0.0/8", "11.0.0.0"));
  CHECK(in("192.0.2.128/25", "192.0.2.128"));
  CHECK_FALSE(in("192.0.2.128/25", "192.0.2.127"));
  CHECK(in("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(in("192.0.2.7", "192.0.2.6"));
  CHECK(in("0.0.0.0/0", "203.0.113.9"));
  CHECK(in("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(in("::1", "0:0:0:0:0:0:0:1"));
  CHECK(in("fe80::/10", "fe80::1%eth0"));
}

TEST_CASE("an IPv4-mapped address is the IPv4 address, on either side") {
  CHECK(in("10.0.0.0/8", "::ffff:10.1.2.3"));
  CHECK(in("::ffff:10.0.0.0/104", "10.1.2.3"));
  CHECK(in("::ffff:10.0.0.0/104", "::ffff:10.1.2.3"));
  CHECK(in("::ffff:10.1.2.3", "10.1.2.3"));
  CHECK_FALSE(in("::ffff:10.0.0.0/104", "11.1.2.3"));
}

TEST_CASE("families are apart: everything of one says nothing about the others") {
  CHECK_FALSE(in("::/0", "10.0.0.1"));
  CHECK_FALSE(in("::/0", "::ffff:10.0.0.1"));
  CHECK_FALSE(in("0.0.0.0/0", "::1"));
  CHECK_FALSE(in("0.0.0.0/0", "unix"));
  CHECK_FALSE(in("::/0", "unix"));
  CHECK(in("unix", "unix"));
  CHECK_FALSE(in("unix", "127.0.0.1"));
  CHECK_FALSE(contain({}, "127.0.0.1"));
}

TEST_CASE("a network is in another when each of its addresses is") {
  const auto within = [](std::string_view outer, std::string_view inner) {
    return Network::read(outer)->contains(*Network::read(inner));
  };
  CHECK(within("10.0.0.0/8", "10.1.0.0/16"));
  CHECK(within("10.0.0.0/8", "10.0.0.0/8"));
  CHECK_FALSE(within("10.1.0.0/16", "10.0.0.0/8"));
  CHECK_FALSE(within("0.0.0.0/0", "::/0"));
  CHECK(within("unix", "unix"));
}
