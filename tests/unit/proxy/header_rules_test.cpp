// SPDX-License-Identifier: Apache-2.0
#include "header_rules.hpp"

#include <doctest/doctest.h>

#include <string>

#include "heads.hpp"

namespace gatehouse::proxy {
namespace {

/// Whether a request's field of this name is dropped, with the number that the parser gives it.
bool drops(std::string_view name, const http::IdentityHeaders& identity = http::IdentityHeaders()) {
  RequestHead head;
  const auto bytes = "GET / HTTP/1.1\r\n" + std::string(name) + ": 1\r\n\r\n";
  REQUIRE(parse(bytes, head));
  return HeaderRules(identity).drops(head.fields.ids.at(0), head.fields.list.at(0).name);
}

TEST_CASE("HS-01..05: identity fields in any spelling") {
  for (const auto* name :
       {"Remote-User", "REMOTE-USER", "Remote_User", "Remote.User", "Remote!User", "Remote~User", "Remote|Groups",
        "X-Remote-User", "X.Remote.User", "X!Remote'User", "X-Forwarded-User", "X-Forwarded-Groups",
        "X_Forwarded_Email", "X-Auth-Request-User", "X-Auth-Request-Anything", "X-WebAuth-User"}) {
    CAPTURE(name);
    CHECK(drops(name));
  }
}

TEST_CASE("HS-14: forwarding fields in any spelling") {
  for (const auto* name :
       {"Forwarded",           "X-Forwarded",        "X-Forwarded-For", "x-forwarded-host",   "X_Forwarded_Proto",
        "X.Forwarded.Port",    "X-Forwarded-Prefix", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Server",
        "X-Forwarded-Ssl",     "X-Real-IP",          "X_Real_IP",       "X-Original-URL",     "X-Original-URI",
        "X-Original-Method",   "X-Rewrite-URL",      "True-Client-IP",  "CF-Connecting-IP",   "X-Client-IP",
        "X-Cluster-Client-IP", "X-Original-Host",    "X-Original-For",  "X-Original-Proto",   "X_Original_Path"}) {
    CAPTURE(name);
    CHECK(drops(name));
  }
}

TEST_CASE("what a proxy in front says of the caller's certificate, in any spelling") {
  for (const auto* name :
       {"Client-Cert", "Client-Cert-Chain", "client_cert", "X-SSL-Client-Verify", "X-SSL-Client-DN",
        "X_SSL_Client_Cert", "X-SSL-Client-CN", "SSL-Client-Verify", "SSL_CLIENT_S_DN", "X-Forwarded-Client-Cert"}) {
    CAPTURE(name);
    CHECK(drops(name));
  }
}

TEST_CASE("fields about this connection, and fields that only look like framing or security") {
  for (const auto* name : {"Connection", "Keep-Alive", "HTTP2-Settings", "Proxy-Connection", "TE", "Trailer", "Upgrade",
                           "Proxy-Authorization", "Expect", "Host", "Content_Length", "Transfer_Encoding",
                           "Transfer.Encoding", "Authorization_", "Content+Length", "Cookie_", "Host_", "Proxy"}) {
    CAPTURE(name);
    CHECK(drops(name) == (std::string_view(name).back() != '_'));
  }
  CHECK_FALSE(drops("Authorization"));  // decided by the request
  CHECK_FALSE(drops("Origin"));
}

TEST_CASE("everything else passes") {
  for (const auto* name : {"Accept", "User-Agent", "Cookie", "Content-Length", "Content-Type", "X-Request-Id", "Range",
                           "Referer", "If-None-Match", "X-Requested-With", "traceparent"}) {
    CAPTURE(name);
    CHECK_FALSE(drops(name));
  }
}

TEST_CASE("configured identity names count, also where Beast knows the name") {
  http::IdentityHeaders::Names names;
  names.user = "X-Who";
  names.email = "From";
  const http::IdentityHeaders identity(names);
  CHECK(drops("X-Who", identity));
  CHECK(drops("x_who", identity));
  CHECK(drops("From", identity));
  CHECK_FALSE(drops("From"));
}

TEST_CASE("HS-10: Connection removes only what has no meaning of its own") {
  RequestHead head;
  const std::string bytes =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Authorization, Cookie, Host, Content-Length, Origin, x-hop\r\n"
      "Authorization: x\r\nCookie: x\r\nContent-Length: 1\r\nOrigin: x\r\nX-Hop: x\r\nX-Stay: x\r\n\r\n";
  REQUIRE(test::refused_with(bytes, head) == 0);
  std::string removed;
  for (std::size_t i = 0; i < head.fields.list.size(); ++i) {
    const auto name = head.fields.list[i].name;
    if (HeaderRules::is_removed(head.fields.ids[i], name, head.nominated)) removed += std::string(name) + " ";
  }
  CHECK(removed == "X-Hop ");
}

}  // namespace
}  // namespace gatehouse::proxy
