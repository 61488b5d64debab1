// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "http_support.hpp"

using gatehouse::CredentialKind;
using gatehouse::http::Credential;
using gatehouse::http::Header;
using gatehouse::http::read_credential;
using gatehouse::http::Scratch;
using gatehouse::http::token_in_query;
using State = Credential::State;
using namespace std::string_literals;
using test::base64;
using test::basic;

namespace {

State state_of(std::string_view authorization) {
  Scratch scratch;
  const std::vector<Header> headers = {{"Host", "h"}, {"Authorization", authorization}};
  return read_credential(headers, scratch).state;
}

struct Taken {
  State state;
  std::string user;
  std::string password;
  std::string token;
};

Taken take(const std::vector<Header>& headers) {
  Scratch scratch;
  const auto credential = read_credential(headers, scratch);
  const auto& request = credential.request;
  return {credential.state, std::string(request.user), std::string(request.password), std::string(request.token)};
}

}  // namespace

TEST_CASE("without Authorization there is no credential") {
  Scratch scratch;
  CHECK(read_credential({}, scratch).state == State::none);
  const std::vector<Header> headers = {{"Host", "h"}, {"X-Authorization", basic("a:b")}, {"Authorizatio", "x"}};
  const auto credential = read_credential(headers, scratch);
  CHECK(credential.state == State::none);
  CHECK(credential.request.credential == CredentialKind::none);
}

TEST_CASE("Proxy-Authorization is for others (BA-28)") {
  const auto taken = take({{"Proxy-Authorization", basic("user:password")}});
  CHECK(taken.state == State::none);
  CHECK(taken.user.empty());
}

TEST_CASE("a user and a password are read exactly") {
  struct Case {
    std::string pair, user, password;
  };
  const std::vector<Case> cases = {
      {"user:password", "user", "password"},
      {"user:pass:word:", "user", "pass:word:"},  // the first colon splits
      {"user::", "user", ":"},
      {"u:p", "u", "p"},
      {" user : password ", " user ", " password "},
      {"m\xC3\xBCller:gr\xC3\xBC\xC3\x9F"
       "e",
       "m\xC3\xBCller",
       "gr\xC3\xBC\xC3\x9F"
       "e"},
      {"\xD0\xB0"
       "dmin:pw",
       "\xD0\xB0"
       "dmin",
       "pw"},                                               // Cyrillic: another user (BA-19)
      {"ad\xE2\x80\x8Bmin:pw", "ad\xE2\x80\x8Bmin", "pw"},  // zero width space: another user
      {"u:\xF0\x9F\x94\x91\xF4\x8F\xBF\xBF", "u", "\xF0\x9F\x94\x91\xF4\x8F\xBF\xBF"},
      {"u:" + std::string(4096, 'p'), "u", std::string(4096, 'p')},
      {std::string(512, 'u') + ":p", std::string(512, 'u'), "p"},
      {std::string(512, 'u') + ":" + std::string(4096, 'p'), std::string(512, 'u'), std::string(4096, 'p')},
      {"user: \"%s%n\\' OR 1=1", "user", " \"%s%n\\' OR 1=1"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.pair);
    const auto value = basic(c.pair);
    const auto taken = take({{"Authorization", value}});
    CHECK(taken.state == State::present);
    CHECK(taken.user == c.user);
    CHECK(taken.password == c.password);
    CHECK(taken.token.empty());
  }
}

TEST_CASE("scheme and field name are compared without case (BA-25)") {
  for (const auto* scheme : {"Basic ", "basic ", "BASIC ", "bAsIc "}) {
    for (const auto* name : {"Authorization", "authorization", "AUTHORIZATION", "aUTHORIZATION"}) {
      const auto value = scheme + base64("user:password");
      CHECK(take({{name, value}}).user == "user");
    }
  }
  for (const auto* scheme : {"Bearer ", "bearer ", "BEARER "}) {
    CHECK(take({{"Authorization", scheme + "abc"s}}).token == "abc");
  }
}

TEST_CASE("more than one SP is allowed between scheme and credentials, a tab is not (BA-26)") {
  const auto token = base64("user:password");
  CHECK(state_of("Basic  " + token) == State::present);
  CHECK(state_of("Basic      " + token) == State::present);
  CHECK(state_of("Bearer   abc") == State::present);
  for (const auto& value : {"Basic\t" + token, "Basic \t" + token, "Basic\t " + token, "Basic%20" + token,
                            "Basic\xA0" + token, "Basic\xC2\xA0" + token, "Basic\v" + token, "Basic" + token,
                            "Basic:" + token, "Basic=" + token, "Basic," + token, " Basic " + token, "\tBasic " + token,
                            "Bearer\tabc"s, "Bearer\t abc"s, "Bearer \tabc"s, "Bearerabc"s, "Bearer,abc"s}) {
    CAPTURE(value);
    CHECK(state_of(value) == State::refused);
  }
}

TEST_CASE("an Authorization that can never be right is refused") {
  struct Case {
    const char* id;
    std::string value;
  };
  const std::vector<Case> cases = {
      {"empty", ""},
      {"BA-01", "Basic"},
      {"BA-02", "Basic    "},
      {"BA-02", "Basic "},
      {"BA-04 no padding", "Basic dXNlcjpwYQ"},
      {"BA-04 half padding", "Basic dXNlcjpwYQ="},
      {"too much padding", "Basic dXNlcjpwYXM===="},
      {"padding alone", "Basic ===="},
      {"padding alone", "Basic ="},
      {"padding inside", "Basic dX==cjpwYXM="},
      {"padding then text", "Basic dXNlcjpwYQ==dXNl"},
      {"BA-05 trailing bits", "Basic dXNlcjpwYR=="},
      {"BA-05 trailing bits, one pad", "Basic dXNlcjpwYXN="},
      {"BA-07 base64url", "Basic dXNlcjr_-w=="},
      {"BA-08 space inside", "Basic dXNl cjpwYXNzd29yZA=="},
      {"BA-08 tab inside", "Basic dXNl\tcjpwYXNzd29yZA=="},
      {"BA-08 line end inside", "Basic dXNl\r\ncjpwYXNzd29yZA=="},
      {"BA-08 line end at end", "Basic dXNlcjpwYXNzd29yZA==\n"},
      {"space at end", "Basic dXNlcjpwYXNzd29yZA== "},
      {"NUL inside", "Basic dXNl\0"s + "jpwYXNzd29yZA=="},
      {"NUL at end", "Basic dXNlcjpwYXNzd29yZA==\0"s},
      {"parameter after", "Basic dXNlcjpwYXNzd29yZA==, charset=\"UTF-8\""},
      {"auth-params instead", "Basic realm=\"x\""},
      {"not base64", "Basic user:password"},
      {"non-ASCII", "Basic d\xC3\xBCNlcjpwYXNzd29yZA=="},
      {"no colon", basic("userpassword")},
      {"BA-10 empty user", basic(":password")},
      {"BA-11 empty password", basic("user:")},
      {"both empty", basic(":")},
      {"BA-13 NUL in user", basic("adm\0in:pw"s)},
      {"BA-14 NUL in password", basic("user:secret\0junk"s)},
      {"NUL at end", basic("user:secret\0"s)},
      {"line feed", basic("user:secret\n")},
      {"CR LF in user", basic("user\r\nX-Remote-User: admin:pw")},
      {"tab", basic("us\ter:pw")},
      {"escape", basic("user:\x1B[2J")},
      {"unit separator", basic("us\x1F"
                               "er:pw")},
      {"DEL", basic("user:pw\x7F")},
      {"BA-16 invalid UTF-8 user", basic("\xFF\xFE:pw")},
      {"BA-16 invalid UTF-8 password", basic("user:\xFF\xFE")},
      {"Latin-1", basic("m\xFCller:pw")},
      {"BA-17 overlong slash", basic("us\xC0\xAF"
                                     "er:pw")},
      {"overlong, 3 bytes", basic("user:\xE0\x80\xAF")},
      {"overlong, 4 bytes", basic("user:\xF0\x80\x80\xAF")},
      {"overlong NUL", basic("user:\xC0\x80")},
      {"BA-17 surrogate", basic("user:\xED\xA0\x80")},
      {"surrogate pair (CESU-8)", basic("user:\xED\xA0\xBD\xED\xB4\x91")},
      {"above U+10FFFF", basic("user:\xF4\x90\x80\x80")},
      {"five bytes", basic("user:\xF8\x88\x80\x80\x80")},
      {"cut sequence", basic("user:\xE2\x82")},
      {"cut by the colon", basic("us\xC3:pw")},
      {"lone continuation", basic("user:\x80")},
      {"user of 513", basic(std::string(513, 'u') + ":p")},
      {"password of 4097", basic("u:" + std::string(4097, 'p'))},
      {"64 KiB", basic("u:" + std::string(65536, 'p'))},
      {"1 MiB of base64", "Basic " + std::string(1 << 20, 'A')},
      {"BA-32", "Digest username=\"user\", realm=\"x\", nonce=\"y\", uri=\"/\", response=\"z\""},
      {"BA-32", "Negotiate YIIB"},
      {"BA-32", "NTLM TlRMTVNTUAABAAAA"},
      {"BA-32", "DPoP abc"},
      {"BA-32", "Unknown abc"},
      {"two in one field", basic("user:password") + ", Bearer abc"},
      {"bearer, nothing", "Bearer"},
      {"bearer, nothing", "Bearer "},
      {"bearer, only padding", "Bearer ==="},
      {"bearer, padding inside", "Bearer ab=c"},
      {"bearer, space", "Bearer abc def"},
      {"bearer, quote", "Bearer \"abc\""},
      {"bearer, comma", "Bearer abc,def"},
      {"bearer, NUL", "Bearer abc\0def"s},
      {"bearer, non-ASCII", "Bearer abc\xC3\xBC"},
      {"bearer, address", "Bearer https://issuer.example/jwks"},
      {"bearer, percent", "Bearer %61bc"},
      {"bearer, too long", "Bearer " + std::string(16385, 'a')},
  };
  for (const auto& c : cases) {
    CAPTURE(c.id);
    CAPTURE(c.value.substr(0, 80));
    CHECK(state_of(c.value) == State::refused);
  }
}

TEST_CASE("a bearer token is taken as it stands, without the scratch") {
  for (const auto& token : {"abc"s, "eyJh.eyJz.c2ln"s, "A-._~+/9"s, "abc="s, "abc==="s, std::string(16384, 'a')}) {
    Scratch scratch;
    const auto value = "Bearer " + token;
    const std::vector<Header> headers = {{"Authorization", value}};
    const auto credential = read_credential(headers, scratch);
    CHECK(credential.state == State::present);
    CHECK(credential.request.credential == CredentialKind::bearer);
    CHECK(credential.request.token == token);
    CHECK(credential.request.token.data() == value.data() + 7);
    CHECK(credential.request.user.empty());
    CHECK(credential.request.password.empty());
  }
}

TEST_CASE("two Authorization fields make the request malformed (BA-22, BA-23)") {
  const auto right = basic("user:right");
  const auto wrong = basic("user:wrong");
  const std::vector<std::vector<Header>> cases = {
      {{"Authorization", right}, {"Authorization", wrong}},
      {{"Authorization", wrong}, {"Authorization", right}},
      {{"Authorization", right}, {"Authorization", right}},
      {{"Authorization", right}, {"authorization", "Bearer abc"}},
      {{"AUTHORIZATION", "Bearer abc"}, {"Host", "h"}, {"authorization", right}},
      {{"Authorization", right}, {"Authorization", ""}},
      {{"Authorization", "Digest x"}, {"Authorization", "Negotiate y"}},
  };
  for (const auto& headers : cases) {
    const auto taken = take(headers);
    CHECK(taken.state == State::malformed);
    CHECK(taken.user.empty());
    CHECK(taken.password.empty());
    CHECK(taken.token.empty());
  }
}

TEST_CASE("every single wrong byte in a right header is refused or means something else") {
  const auto right = basic("user:password");
  const auto expected = take({{"Authorization", right}});
  for (std::size_t i = 0; i < right.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      auto changed = right;
      changed[i] = static_cast<char>(byte);
      if (changed == right) continue;
      const auto taken = take({{"Authorization", changed}});
      const bool same = taken.user == expected.user && taken.password == expected.password;
      const bool only_case = i < 5 && byte < 0x80 && (byte ^ 0x20) == right[i];
      if (same != only_case) FAIL("position " << i << ", byte " << byte);
    }
  }
}

TEST_CASE("what a refused credential held does not stay in the scratch") {
  for (const auto& value :
       {basic("user:canary\n"), basic("canary-canary-canary"), basic(":canary-canary"),
        "Basic " + base64("user:canary-canary") + "*AAA", "Basic " + base64("user:canary12") + "dR=="}) {
    Scratch scratch;
    for (char& c : scratch.bytes()) c = 'x';
    const std::vector<Header> headers = {{"Authorization", value}};
    CHECK(read_credential(headers, scratch).state == State::refused);
    const auto bytes = scratch.bytes();
    CHECK(std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; }));
  }
}

TEST_CASE("a scratch forgets the last password when it is used again, and on wipe") {
  Scratch scratch;
  for (char& c : scratch.bytes()) c = 'x';
  const auto value = basic("user:canary");
  const std::vector<Header> headers = {{"Authorization", value}};
  const auto held = [&] {
    const auto bytes = scratch.bytes();
    return test::contains(std::string_view(bytes.data(), bytes.size()), "canary");
  };
  CHECK(read_credential(headers, scratch).state == State::present);
  CHECK(held());
  CHECK(read_credential({}, scratch).state == State::none);
  CHECK_FALSE(held());
  CHECK(read_credential(headers, scratch).state == State::present);
  scratch.wipe();
  CHECK_FALSE(held());
}

TEST_CASE("JW-44: a token in the query is seen, however its name is written") {
  for (const std::string_view target :
       {"/?access_token=x", "/a/b?x=y&access_token=x", "/?access_token", "/?access_token=", "/?a;access_token=x&b",
        "/?&&access_token=x", "/?access%5Ftoken=x", "/?access%5ftoken=x", "/?%61%63%63%65%73%73%5F%74%6F%6B%65%6E=x",
        "?access_token=x", "/?a=?&access_token=x", "/?access_token=x%"}) {
    CAPTURE(target);
    CHECK(token_in_query(target));
  }
  for (const std::string_view target :
       {"", "/", "*", "/?", "/?&", "/access_token=x", "/?xaccess_token=x", "/?access_tokens=x", "/?Access_Token=x",
        "/?a=access_token", "/?access_toke", "/?access%255Ftoken=x", "/?access%5", "/?access%", "/?access%5Gtoken",
        "/?a=b&=access_token", "/?access+token=x", "/?access_token%00=x"}) {
    CAPTURE(target);
    CHECK_FALSE(token_in_query(target));
  }
}
