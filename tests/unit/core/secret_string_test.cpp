// SPDX-License-Identifier: Apache-2.0
#include "text/secret_string.hpp"

#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/owned_request.hpp"

namespace {

using gatehouse::Request;
using gatehouse::detail::OwnedRequest;
using gatehouse::text::SecretString;

static_assert(!std::is_copy_constructible_v<SecretString> && !std::is_copy_assignable_v<SecretString>);
static_assert(std::is_nothrow_move_constructible_v<SecretString>);

TEST_CASE("holds what it was given, any byte of it") {
  const std::string text("a\0b\xFF", 4);
  CHECK(SecretString(text).view() == text);
  CHECK(SecretString("").view().empty());
  CHECK(SecretString().view().empty());
}

TEST_CASE("moving leaves nothing behind") {
  SecretString first("secret");
  const char* const where = first.view().data();
  SecretString second(std::move(first));
  CHECK(first.view().empty());           // NOLINT(bugprone-use-after-move): that is the question
  CHECK(second.view().data() == where);  // moved, not copied: there is one place to wipe
  SecretString third("other");
  third = std::move(second);
  CHECK(third.view() == "secret");
  SecretString& same = third;
  third = std::move(same);
  CHECK(third.view() == "secret");
}

TEST_CASE("a copied request borrows nothing of the first") {
  std::string user = "bob";
  std::string password = "a password that is not short";
  std::string name = "client.address";
  std::string value = "192.0.2.1";
  std::vector<std::string> texts = {"short", "a response that is quite a bit longer"};
  std::vector<std::string_view> responses(texts.begin(), texts.end());
  std::vector<gatehouse::Attribute> attributes = {{name, value}, {"http.method", "GET"}};
  Request request = Request::with_password(user, password);
  request.state = password;
  request.responses = responses;
  request.attributes = attributes;
  const OwnedRequest owned(request);
  for (std::string* text : {&user, &password, &name, &value, &texts[0], &texts[1]}) text->assign(text->size(), '#');
  CHECK(owned.get().user == "bob");
  CHECK(owned.get().password == "a password that is not short");
  CHECK(owned.get().state == owned.get().password);
  REQUIRE(owned.get().responses.size() == 2);
  CHECK(owned.get().responses[0] == "short");
  CHECK(owned.get().responses[1] == "a response that is quite a bit longer");
  REQUIRE(owned.get().attributes.size() == 2);
  CHECK(owned.get().attributes[0].name == "client.address");
  CHECK(owned.get().attributes[0].value == "192.0.2.1");
}

}  // namespace
