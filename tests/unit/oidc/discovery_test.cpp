// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <discovery.hpp>
#include <key_fetch.hpp>

#include "loopback_server.hpp"

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;

namespace {

const std::string kIssuer = "https://a.example/realm";

bool reads(const std::string& text) {
  const HttpClient http({});
  return static_cast<bool>(read_metadata(text, kIssuer, http));
}

}  // namespace

TEST_CASE("where metadata is looked for") {
  using Places = std::vector<std::string>;
  CHECK(metadata_places("https://a.example") == Places{"https://a.example/.well-known/openid-configuration",
                                                       "https://a.example/.well-known/oauth-authorization-server"});
  CHECK(metadata_places("https://a.example/x/y/") ==
        Places{"https://a.example/x/y/.well-known/openid-configuration",
               "https://a.example/.well-known/oauth-authorization-server/x/y"});
  CHECK(metadata_places("https://a.example?x=y").empty());
  CHECK(metadata_places("urn:x").empty());
}

TEST_CASE("JK-14, JK-19: documents that are not this issuer's") {
  CHECK(reads(R"({"issuer":"https://a.example/realm","jwks_uri":"https://b.example/keys"})"));
  CHECK(reads(R"({"issuer":"https://a.example/realm"})"));
  // What is not used cannot be wrong.
  CHECK(reads(R"({"issuer":"https://a.example/realm","introspection_endpoint":"http://127.0.0.1/"})"));
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("<html>"), std::string(R"({"error":"x"})"),
        std::string(R"({"issuer":"https://a.example/realm/","jwks_uri":"https://a.example/k"})"),
        std::string(R"({"issuer":"https://A.example/realm"})"),
        std::string(R"({"issuer":["https://a.example/realm"]})"),
        std::string(R"({"issuer":"https://a.example/realm","issuer":"https://a.example/realm"})"),
        std::string(R"({"issuer":"https://a.example/realm","jwks_uri":"http://a.example/k"})"),
        std::string(R"({"issuer":"https://a.example/realm","jwks_uri":"file:///etc/passwd"})"),
        std::string(R"({"issuer":"https://a.example/realm","jwks_uri":1})"),
        std::string(R"({"issuer":"https://a.example/realm","jwks_uri":""})"),
        R"({"issuer":"https://a.example/realm","x":")" + std::string(300'000, 'x') + "\"}"}) {
    CAPTURE(text.substr(0, 100));
    CHECK_FALSE(reads(text));
  }
}

TEST_CASE("the second place is asked only when there is nothing at the first") {
  std::string issuer;
  std::string first = "404 Not Found";
  LoopbackServer server([&](const LoopbackServer::Request& request) {
    if (request.path == "/r/.well-known/openid-configuration") return http_reply("{}", first);
    return http_reply(R"({"issuer":")" + issuer + R"(","jwks_uri":"http://127.0.0.1:1/k"})");
  });
  issuer = server.url() + "/r";
  const HttpClient http({.http_on_loopback = true});
  const auto discover = [&] {
    KeyFetch fetch(http, issuer, "");
    CHECK_FALSE(fetch.go_on(std::chrono::seconds(30)).value());  // what it finds is no good address here
    return fetch.jwks_uri();
  };
  CHECK(discover() == "http://127.0.0.1:1/k");
  for (const std::string status : {"500 Oops", "302 Found", "403 Forbidden", "200 OK"}) {
    first = status;
    CHECK(discover() == "");
  }
  CHECK(server.count("/.well-known/oauth-authorization-server/r") == 1);
}
