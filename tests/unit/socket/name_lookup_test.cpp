// SPDX-License-Identifier: Apache-2.0
#include "name_lookup.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <pwd.h>

#include <memory>
#include <optional>
#include <string>

namespace {

using gatehouse::auth_socket::Mailbox;
using gatehouse::auth_socket::NameLookup;

std::optional<std::string> name_of(uid_t user) {
  const auto box = std::make_shared<Mailbox>();
  const auto lookup = NameLookup::begin(user, box);
  REQUIRE(lookup != nullptr);
  pollfd woken{.fd = box->fd(), .events = POLLIN, .revents = 0};
  REQUIRE(poll(&woken, 1, 60'000) == 1);
  REQUIRE(lookup->is_done());
  return lookup->name();
}

TEST_CASE("the system's name of a user") {
  const passwd* const nobody = getpwnam("nobody");
  REQUIRE(nobody != nullptr);
  CHECK(name_of(nobody->pw_uid) == "nobody");
  CHECK(name_of(0) == "root");
  CHECK(!name_of(3999999));
}

}  // namespace
