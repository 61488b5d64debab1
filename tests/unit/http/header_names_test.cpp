// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "http_support.hpp"

using gatehouse::http::IdentityHeaders;
using namespace std::string_literals;

namespace {

const std::string separators = "!#$%&'*+-.^_`|~";

/// Every spelling that somebody may take for `name`: each separator, in three cases.
std::vector<std::string> spellings(const std::string& name) {
  std::vector<std::string> out;
  for (const char separator : separators) {
    for (int style = 0; style < 3; ++style) {
      auto spelt = name;
      for (std::size_t i = 0; i < spelt.size(); ++i) {
        char& c = spelt[i];
        const auto byte = static_cast<unsigned char>(c);
        if (c == '-') c = separator;
        if (style == 1) c = static_cast<char>(std::tolower(byte));
        if (style == 2) c = static_cast<char>(i % 2 == 0 ? std::toupper(byte) : std::tolower(byte));
      }
      out.push_back(spelt);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("names that services believe are protected under every spelling (HS-01 to HS-05, HS-08)") {
  const IdentityHeaders usual;
  IdentityHeaders::Names own_names;
  own_names.user = "Who-Is-It";
  own_names.groups = own_names.email = own_names.name = "";
  const IdentityHeaders renamed(own_names);
  for (const auto& name : {"Remote-User"s,
                           "Remote-Groups"s,
                           "Remote-Email"s,
                           "Remote-Name"s,
                           "X-Remote-User"s,
                           "X-Remote-Groups"s,
                           "X-Remote-Anything-At-All"s,
                           "X-Forwarded-User"s,
                           "X-Forwarded-Groups"s,
                           "X-Forwarded-Email"s,
                           "X-Forwarded-Preferred-Username"s,
                           "X-Auth-User"s,
                           "X.Auth_Username"s,
                           "x-auth-groups"s,
                           "X-Auth-Email"s,
                           "X-Auth-Request-User"s,
                           "X-Auth-Request-Email"s,
                           "X-Auth-Request-Preferred-Username"s,
                           "X-Auth-Request-Access-Token"s,
                           "X-WebAuth-User"s,
                           "X-WEBAUTH-ROLE"s}) {
    for (const auto& spelt : spellings(name)) {
      CAPTURE(spelt);
      CHECK(usual.is_protected(spelt));
      CHECK(renamed.is_protected(spelt));
    }
  }
  for (const auto& spelt : spellings("Who-Is-It")) {
    CHECK(renamed.is_protected(spelt));
    CHECK_FALSE(usual.is_protected(spelt));
  }
}

TEST_CASE("the names of HS-04 and HS-05, as an attacker writes them") {
  const IdentityHeaders usual;
  for (const auto* name : {"X.Remote.User", "X!Remote'User", "X~Remote*User", "X+Remote+User", "X|Remote|User",
                           "X_Remote_User", "x_remote-user", "X-Remote_User", "REMOTE_USER", "remote.user"}) {
    CHECK(usual.is_protected(name));
  }
}

TEST_CASE("other names are left alone") {
  const IdentityHeaders usual;
  for (const auto* name : {"",
                           "X",
                           "R",
                           "x-",
                           "Host",
                           "Cookie",
                           "Authorization",
                           "Accept",
                           "User-Agent",
                           "Content-Length",
                           "Range",
                           "Referer",
                           "Remote",
                           "Remote-",
                           "Remote-Use",
                           "Remote-Users",
                           "Remote-User-",
                           "RemoteUser",
                           "Remote-Addr",
                           "X-Remote",
                           "XRemoteUser",
                           "XX-Remote-User",
                           "X-Forwarded-For",
                           "X-Forwarded-Proto",
                           "X-Forwarded-Host",
                           "X-Forwarded-Users",
                           "X-Auth-Token",
                           "X-Auth-Request",
                           "X-WebAuth",
                           "X-MLFLOW-WORKSPACE",
                           "X-Requested-With",
                           "x-mlflow-experiment-id",
                           "X-Request-Id",
                           "Sec-Fetch-Mode"}) {
    CAPTURE(name);
    CHECK_FALSE(usual.is_protected(name));
  }
  CHECK_FALSE(usual.is_protected(std::string(1 << 20, 'x')));
  CHECK(usual.is_protected("X-Remote-" + std::string(1 << 20, 'x')));
}

TEST_CASE("a name that is not told is protected all the same") {
  IdentityHeaders::Names names;
  names.user = names.groups = names.email = names.name = "";
  const IdentityHeaders silent(names);
  CHECK(silent.is_protected("Remote-User"));
  CHECK(silent.is_protected("remote_email"));
  CHECK_FALSE(silent.is_protected(""));
}

TEST_CASE("a name that HTTP or a proxy uses cannot carry an identity") {
  for (const auto& name : {"Host"s,
                           "host"s,
                           "HOST"s,
                           "Content-Length"s,
                           "content_length"s,
                           "Content.Type"s,
                           "Transfer-Encoding"s,
                           "Connection"s,
                           "Keep-Alive"s,
                           "TE"s,
                           "Trailer"s,
                           "Upgrade"s,
                           "Authorization"s,
                           "Proxy-Authorization"s,
                           "Proxy-Connection"s,
                           "Cookie"s,
                           "Set-Cookie"s,
                           "Expect"s,
                           "Via"s,
                           "Forwarded"s,
                           "X-Forwarded-For"s,
                           "X-Forwarded-Proto"s,
                           "X_Forwarded_Host"s,
                           "X-Real-IP"s,
                           "X-Original-URI"s,
                           "Origin"s,
                           "Referer"s,
                           "User-Agent"s,
                           "Accept"s,
                           "Accept-Language"s,
                           "Range"s,
                           "If-Match"s,
                           "Sec-Fetch-Mode"s,
                           "Location"s,
                           "WWW-Authenticate"s,
                           "DPoP"s,
                           " Remote-User"s,
                           "Remote-User "s,
                           "Remote User"s,
                           "Remote-User:"s,
                           "Remote-User\r\nX: y"s,
                           "Remote\0User"s,
                           "M\xC3\xBCller"s,
                           "-User"s,
                           "_user"s,
                           "(user)"s,
                           std::string(65, 'a')}) {
    CAPTURE(name);
    IdentityHeaders::Names names;
    names.email = name;
    const auto checked = IdentityHeaders::check(names);
    REQUIRE_FALSE(checked.ok());
    CHECK(checked.error().message.starts_with("http.email_header: "));
    CHECK_FALSE(test::contains(checked.error().message, "\r"));

    // An embedder who did not ask tells the service nothing.
    gatehouse::Identity identity;
    identity.subject = "alice";
    CHECK_FALSE(IdentityHeaders(names).make(identity).has_value());
  }
  for (const auto& name : {"X-User"s, "REMOTE_USER"s, "X-Forwarded-User"s, "x.user"s, "1st"s, std::string(64, 'a')}) {
    CAPTURE(name);
    IdentityHeaders::Names names;
    names.user = name;
    CHECK(IdentityHeaders::check(names).ok());
    CHECK(IdentityHeaders(names).is_protected(name));
  }
}

TEST_CASE("two names that somebody may take for one are refused") {
  IdentityHeaders::Names names;
  names.user = "X-Who";
  names.name = "x_who";
  const auto checked = IdentityHeaders::check(names);
  REQUIRE_FALSE(checked.ok());
  CHECK(test::contains(checked.error().message, "http.name_header"));
  CHECK(test::contains(checked.error().message, "http.user_header"));
  names.user = names.name = names.email = names.groups = "";
  CHECK(IdentityHeaders::check(names).ok());
}
