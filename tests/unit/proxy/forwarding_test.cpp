// SPDX-License-Identifier: Apache-2.0
#include "forwarding.hpp"

#include <doctest/doctest.h>

namespace gatehouse::proxy {
namespace {

std::vector<http::Network> networks(const std::vector<std::string>& texts) {
  auto read = http::read_networks(texts);
  REQUIRE(read);
  return *std::move(read);
}

RequestHead head_with(std::initializer_list<http::Header> fields) {
  RequestHead head;
  head.host = "inner";
  for (const auto& field : fields) {
    head.fields.list.push_back(field);
    head.fields.ids.push_back(0);
  }
  return head;
}

std::vector<http::Network> trusted() {
  return networks({"10.0.0.0/8", "unix", "fd00::/8"});
}

std::string trail(std::initializer_list<http::Header> fields, std::string_view peer = "10.0.0.1") {
  const auto origin = find_origin(head_with(fields), peer, "http", trusted());
  CHECK(origin.trail.starts_with(origin.client));
  return origin.trail;
}

TEST_CASE("a peer that is not trusted speaks for itself") {
  const auto head =
      head_with({{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "evil"}});
  for (const auto& allowed : {std::vector<http::Network>(), trusted()}) {
    const auto origin = find_origin(head, "192.0.2.7", "http", allowed);
    CHECK(origin.client == "192.0.2.7");
    CHECK(origin.trail == "192.0.2.7");
    CHECK(origin.scheme == "http");
    CHECK(origin.host == "inner");
  }
  CHECK(find_origin(head, "", "http", networks({"10.0.0.0/8"})).client.empty());
}

TEST_CASE("addresses are followed from the right, up to the first that is not trusted") {
  CHECK(trail({}) == "10.0.0.1");
  CHECK(trail({{"X-Forwarded-For", "192.0.2.7"}}) == "192.0.2.7, 10.0.0.1");
  CHECK(trail({{"X-Forwarded-For", "6.6.6.6, 192.0.2.7,10.0.0.2"}}) == "192.0.2.7, 10.0.0.2, 10.0.0.1");
  CHECK(trail({{"x-forwarded-for", "6.6.6.6, 192.0.2.7"}, {"X-Forwarded-For", "10.0.0.3"}}) ==
        "192.0.2.7, 10.0.0.3, 10.0.0.1");
  CHECK(trail({{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}) == "10.0.0.3, 10.0.0.2, 10.0.0.1");
  CHECK(trail({{"X-Forwarded-For", "192.0.2.7:4711"}}) == "192.0.2.7, 10.0.0.1");
  CHECK(trail({{"X-Forwarded-For", "[2001:DB8::7]:1"}}) == "2001:db8::7, 10.0.0.1");
  CHECK(trail({{"X-Forwarded-For", "2001:db8::7"}}, "fd00::1") == "2001:db8::7, fd00::1");
  CHECK(trail({{"X-Forwarded-For", "::ffff:192.0.2.7"}}) == "192.0.2.7, 10.0.0.1");
  CHECK(trail({{"X-Forwarded-For", "192.0.2.7"}}, "") == "192.0.2.7");
}

TEST_CASE("what cannot be read ends the trail there") {
  for (const auto* junk : {"", ",", " , ,", "unknown", "_hidden", "fe80::1%eth0", "1.2.3", "1.2.3.4.5", "[::1",
                           "1.2.3.4:x", "http://1.2.3.4", "1.2.3.4 5.6.7.8", "127.0.0.1;x"}) {
    CAPTURE(junk);
    CHECK(trail({{"X-Forwarded-For", junk}}) == "10.0.0.1");
    CHECK(trail({{"X-Forwarded-For", std::string("6.6.6.6, ") + junk + ", 10.0.0.9"}}) == "10.0.0.9, 10.0.0.1");
  }
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "10.0.0.2,";
  CHECK(trail({{"X-Forwarded-For", many + "10.0.0.2"}}).size() < 400);
}

TEST_CASE("a proxy that speaks for it knows not whom is not the caller") {
  const auto known = [](const std::string& list) {
    return find_origin(head_with({{"X-Forwarded-For", list}}), "10.0.0.1", "http", trusted()).known;
  };
  for (const auto* list : {"192.0.2.7", "10.0.0.9", "junk, 192.0.2.7", "192.0.2.7, 10.0.0.9"}) CHECK(known(list));
  for (const auto* list : {"", "junk", "192.0.2.7, junk", "junk, 10.0.0.9", "192.0.2.7,"}) CHECK_FALSE(known(list));
  std::string many;
  for (int i = 0; i < 20; ++i) many += "10.0.0.2, ";
  CHECK_FALSE(known(many + "10.0.0.2"));
  const auto none = find_origin(head_with({}), "10.0.0.1", "http", trusted());
  CHECK(none.known);
  CHECK(find_origin(head_with({{"X-Forwarded-For", "junk"}}), "192.0.2.7", "http", trusted()).known);
}

TEST_CASE("scheme and host, from a trusted peer alone, and only when clear") {
  const auto origin_of = [](std::initializer_list<http::Header> fields) {
    return find_origin(head_with(fields), "10.0.0.1", "http", trusted());
  };
  CHECK(origin_of({{"X-Forwarded-Proto", "https"}}).scheme == "https");
  CHECK(origin_of({{"X-Forwarded-Proto", "HTTPS"}}).scheme == "https");
  for (const auto* junk : {"", "ftp", "https,http", "https "}) {
    CHECK(origin_of({{"X-Forwarded-Proto", junk}}).scheme == "http");
  }
  CHECK(origin_of({{"X-Forwarded-Proto", "https"}, {"x-forwarded-proto", "https"}}).scheme == "http");
  CHECK(origin_of({{"X-Forwarded-Host", "pub.example:8443"}}).host == "pub.example:8443");
  for (const auto* junk : {"", "a, b", "a/b", "u@a", "a:99999"}) {
    CHECK(origin_of({{"X-Forwarded-Host", junk}}).host == "inner");
  }
  CHECK(origin_of({{"X.Forwarded.Host", "evil"}, {"Forwarded", "host=evil;for=6.6.6.6"}}).host == "inner");
}

TEST_CASE("pages of other hosts") {
  const auto elsewhere = [](std::initializer_list<http::Header> fields) {
    return is_from_elsewhere(head_with(fields), "pub.example:81");
  };
  CHECK_FALSE(elsewhere({}));
  CHECK_FALSE(elsewhere({{"Origin", "https://PUB.example:81"}}));
  CHECK(elsewhere({{"Origin", "https://pub.example"}}));
  CHECK(elsewhere({{"origin", "https://evil"}}));
  CHECK(elsewhere({{"Origin", "null"}}));
  CHECK(elsewhere({{"Origin", ""}}));
  CHECK(elsewhere({{"Origin", "https://pub.example:81"}, {"Origin", "https://evil"}}));
}

}  // namespace
}  // namespace gatehouse::proxy
