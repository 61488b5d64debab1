// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <server_list.hpp>

using namespace gatehouse::ldap;

namespace {
const ServerAddress first{Scheme::ldap, "first", 389};
const ServerAddress second{Scheme::ldap, "second", 389};
using Servers = std::vector<ServerAddress>;
}  // namespace

TEST_CASE("the order of the configuration, without those that failed") {
  const ServerList::Time start{};
  ServerList list({first, second}, Milliseconds(500));
  CHECK(list.to_try(start) == Servers{first, second});
  CHECK(list.failed(first, start));
  CHECK_FALSE(list.failed(first, start));
  CHECK(list.to_try(start) == Servers{second});
  CHECK(list.to_try(start + Milliseconds(10'000)) == Servers{second});
  CHECK(list.is_best(second));
  CHECK_FALSE(list.all_work());
  CHECK(list.answered(first, start));
  CHECK_FALSE(list.answered(first, start));
  CHECK(list.to_try(start) == Servers{first, second});
  CHECK_FALSE(list.is_best(second));
  CHECK(list.is_best(first));
}

TEST_CASE("when all failed, each is tried by one caller at a time, after its cool-down") {
  const ServerList::Time start{};
  ServerList list({first, second}, Milliseconds(500));
  list.failed(first, start);
  list.failed(second, start + Milliseconds(100));
  CHECK(list.to_try(start + Milliseconds(499)).empty());
  CHECK(list.to_try(start + Milliseconds(500)) == Servers{first});
  CHECK(list.to_try(start + Milliseconds(501)).empty());
  CHECK(list.to_try(start + Milliseconds(600)) == Servers{second});
  CHECK(list.to_try(start + Milliseconds(1000)) == Servers{first});
}

TEST_CASE("looks in the background keep the same pace") {
  const ServerList::Time start{};
  ServerList list({first, second}, Milliseconds(500));
  CHECK(list.to_probe(start).empty());
  list.failed(second, start);
  CHECK(list.to_probe(start + Milliseconds(400)).empty());
  CHECK(list.to_probe(start + Milliseconds(500)) == Servers{second});
  CHECK(list.to_probe(start + Milliseconds(600)).empty());
}

TEST_CASE("other servers take the place of those before") {
  const ServerList::Time start{};
  ServerList list({first, second}, Milliseconds(500));
  list.failed(second, start);
  const ServerAddress third{Scheme::ldaps, "third", 636};
  CHECK(list.replace({second, third}));
  CHECK_FALSE(list.replace({second, third}));
  CHECK(list.to_try(start) == Servers{third});
  CHECK_FALSE(list.is_best(first));
  CHECK_FALSE(list.failed(first, start));
  ServerList none({}, Milliseconds(500));
  CHECK(none.to_try(start).empty());
}

TEST_CASE("a pause goes on beyond the cool-down, whatever the server answers meanwhile") {
  const ServerList::Time start{};
  ServerList list({first, second}, Milliseconds(500));
  CHECK(list.failed(first, start, Milliseconds(5000)));
  CHECK_FALSE(list.failed(first, start));
  CHECK_FALSE(list.answered(first, start + Milliseconds(4999)));
  CHECK(list.has_answered_since(first, start + Milliseconds(4999)));
  CHECK(list.to_probe(start + Milliseconds(4999)).empty());
  CHECK(list.to_try(start) == Servers{second});
  CHECK(list.to_probe(start + Milliseconds(5000)) == Servers{first});
  CHECK(list.answered(first, start + Milliseconds(5001)));
  CHECK(list.to_try(start) == Servers{first, second});
  CHECK(list.failed(first, start + Milliseconds(6000)));
  CHECK(list.to_probe(start + Milliseconds(6500)) == Servers{first});
}

TEST_CASE("who has answered, and since when") {
  const ServerList::Time start{};
  ServerList list({first, second}, Milliseconds(500));
  CHECK_FALSE(list.has_answered_since(first, start + Milliseconds(1)));
  list.answered(first, start + Milliseconds(10));
  list.answered(first, start + Milliseconds(5));
  CHECK(list.has_answered_since(first, start + Milliseconds(10)));
  CHECK_FALSE(list.has_answered_since(first, start + Milliseconds(11)));
  CHECK_FALSE(list.has_answered_since(second, start + Milliseconds(1)));
  CHECK_FALSE(list.has_answered_since({Scheme::ldap, "third", 389}, start));
}
