// SPDX-License-Identifier: Apache-2.0
#include "listen_address.hpp"

#include <doctest/doctest.h>

using gatehouse::cli::as_url;
using gatehouse::cli::is_local;

TEST_CASE("addresses that other machines reach, and what cannot be read, are not local") {
  for (const char* open : {"0.0.0.0:80", "[::]:80", "192.168.1.5:8080", "128.0.0.1:1", "[::ffff:10.0.0.1]:80",
                           "[2001:db8::1]:443", "example.org:80", "127.0.0.1.example.org:80", "", ":8080", "[]:80"}) {
    CAPTURE(open);
    CHECK_FALSE(is_local(open));
  }
}

TEST_CASE("loopback and unix sockets are local") {
  for (const char* local :
       {"127.0.0.1:8080", "127.9.9.9:0", "[::1]:8080", "[::ffff:127.0.0.1]:80", "localhost:80", "unix:/run/x"}) {
    CAPTURE(local);
    CHECK(is_local(local));
  }
}

TEST_CASE("an address as it can be pasted into a browser") {
  CHECK(as_url("127.0.0.1:41234", true) == "https://127.0.0.1:41234");
  CHECK(as_url("127.0.0.1:41234", false) == "http://127.0.0.1:41234");
  CHECK(as_url("[::1]:80", false) == "http://[::1]:80");
  CHECK(as_url("unix:/run/gate", false) == "unix:/run/gate");
}
