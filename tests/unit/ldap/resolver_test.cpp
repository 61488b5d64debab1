// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <resolver.hpp>
#include <socket.hpp>
#include <string>
#include <vector>

using namespace gatehouse::ldap;

namespace {

const ServerAddress server{Scheme::ldap, "ldap.example.org", 389};

SocketAddress address(std::uint32_t number) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(number);
  SocketAddress made;
  std::memcpy(&made.storage, &where, sizeof where);
  made.size = sizeof where;
  return made;
}

std::uint32_t number_of(const std::vector<SocketAddress>& addresses) {
  REQUIRE(addresses.size() == 1);
  sockaddr_in where{};
  std::memcpy(&where, &addresses[0].storage, sizeof where);
  return ntohl(where.sin_addr.s_addr);
}

/// DNS as a test wants it: what it answers, and how often it was asked.
struct Names {
  std::vector<SocketAddress> answer{};
  int asked = 0;
  [[nodiscard]] Resolver::LookUp look_up() {
    return [this](const std::string&, std::uint16_t, std::string& fault) {
      ++asked;
      if (answer.empty()) fault = "DNS is down";
      return answer;
    };
  }
};

}  // namespace

TEST_CASE("what was known once is never waited for again, however old it is") {
  Names names;
  Resolver resolver(names.look_up(), Milliseconds(0));
  std::string fault;
  CHECK(resolver.addresses_of(server, fault).empty());
  CHECK(fault == "DNS is down");
  names.answer = {address(1)};
  CHECK(number_of(resolver.addresses_of(server, fault)) == 1);
  CHECK(names.asked == 2);
  names.answer.clear();
  CHECK(number_of(resolver.addresses_of(server, fault)) == 1);
  CHECK(names.asked == 2);
}

TEST_CASE("a look in the background renews what is old, and keeps what cannot be looked up") {
  Names names;
  names.answer = {address(1)};
  Resolver resolver(names.look_up(), Milliseconds(0));
  std::string fault;
  static_cast<void>(resolver.addresses_of(server, fault));
  names.answer = {address(2)};
  resolver.refresh();
  CHECK(number_of(resolver.addresses_of(server, fault)) == 2);
  names.answer.clear();
  resolver.refresh();
  CHECK(names.asked == 3);
  CHECK(number_of(resolver.addresses_of(server, fault)) == 2);

  Names young;
  young.answer = {address(1)};
  Resolver patient(young.look_up(), Milliseconds(3'600'000));
  static_cast<void>(patient.addresses_of(server, fault));
  patient.refresh();
  CHECK(young.asked == 1);
}

TEST_CASE("numbers and paths are not looked up") {
  Names names;
  Resolver resolver(names.look_up());
  std::string fault;
  CHECK(number_of(resolver.addresses_of({Scheme::ldaps, "127.0.0.1", 636}, fault)) == 0x7f000001);
  CHECK(resolver.addresses_of({Scheme::ldap, "::1", 389}, fault).size() == 1);
  CHECK(resolver.addresses_of({Scheme::ldapi, "/run/ldapi", 0}, fault).size() == 1);
  CHECK(names.asked == 0);
}

TEST_CASE("many silent addresses share the time") {
  // A listener that takes nobody, and whose queue is full: from here on it does not even answer that it heard.
  const Socket listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SocketAddress where = address(INADDR_LOOPBACK);
  REQUIRE(bind(listener.get(), reinterpret_cast<const sockaddr*>(&where.storage), where.size) == 0);
  REQUIRE(listen(listener.get(), 0) == 0);
  REQUIRE(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&where.storage), &where.size) == 0);
  std::vector<Socket> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    static_cast<void>(connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&where.storage), where.size));
  }
  const auto began = Deadline::Clock::now();
  std::string fault;
  CHECK_FALSE(connect_to(std::vector<SocketAddress>(50, where), Deadline(Milliseconds(300)), fault).is_open());
  CHECK_FALSE(fault.empty());
  CHECK(Deadline::Clock::now() - began >= Milliseconds(290));
  CHECK(Deadline::Clock::now() - began < Milliseconds(5000));
}
