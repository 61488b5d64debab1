// SPDX-License-Identifier: Apache-2.0
#include "route.hpp"

#include <doctest/doctest.h>
#include <boost/asio/ip/tcp.hpp>

namespace gatehouse::proxy {
namespace {

Endpoint at(const char* address) {
  return asio::ip::tcp::endpoint(asio::ip::make_address(address), 80);
}

TEST_CASE("connections are used again while the addresses are the same, in whatever order") {
  Route route({at("192.0.2.1"), at("192.0.2.2")}, nullptr);
  const auto id = route.id();
  CHECK_FALSE(route.update({at("192.0.2.2"), at("192.0.2.1")}));
  CHECK(route.id() == id);
  CHECK(route.endpoints().front() == at("192.0.2.2"));
  CHECK(route.update({at("192.0.2.3")}));
  CHECK(route.id() != id);

  const auto changed = route.id();
  const Route next({at("192.0.2.3")}, &route);
  CHECK(route.update({at("192.0.2.4")}));
  CHECK(next.id() != changed);
  CHECK(next.id() != route.id());
}

}  // namespace
}  // namespace gatehouse::proxy
