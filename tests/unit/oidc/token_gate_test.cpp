// SPDX-License-Identifier: Apache-2.0
// Group JW of the catalogue, as far as the form of a token goes.
#include <doctest/doctest.h>
#include <base64url.hpp>
#include <token_gate.hpp>

#include <string>

using namespace std::string_literals;
using gatehouse::oidc::encode_base64url;
using gatehouse::oidc::gate;
using gatehouse::oidc::GateAnswer;
using Kind = GateAnswer::Kind;

namespace {

const std::string kHeader = R"({"alg":"RS256","kid":"k","typ":"JWT"})";
const std::string kPayload = R"({"iss":"https://a.example"})";

std::string assembled(std::string_view header, std::string_view payload = kPayload,
                      std::string_view signature = "sig") {
  return encode_base64url(header) + "." + encode_base64url(payload) + "." + encode_base64url(signature);
}

Kind kind_of_header(std::string_view header) {
  return gate(assembled(header)).kind;
}

}  // namespace

TEST_CASE("a token in the one right form passes") {
  const std::string text = assembled(kHeader);
  const auto answer = gate(text);
  REQUIRE(answer.kind == Kind::token);
  CHECK(answer.token->algorithm == gatehouse::oidc::Algorithm::rs256);
  CHECK(answer.token->key_id == "k");
  CHECK(answer.token->type == "jwt");
  CHECK(answer.token->signature == "sig");
  CHECK(answer.token->signed_part == text.substr(0, text.rfind('.')));
  CHECK(answer.token->payload.root().member("iss").text() == "https://a.example");
}

TEST_CASE("JW-02, JW-04, JW-10: no JWS at all is opaque, whatever it is") {
  const std::string h = encode_base64url(kHeader);
  for (const std::string& text :
       {""s, "."s, ".."s, "..."s, "opaque"s, "A===.x.y"s, "a.b.c"s, h, h + "."s + h, h + "."s + h + "."s + h + "."s + h,
        h + ".a.b.c.d"s, R"({"payload":"e30","signatures":[]})"s, "glpat-abc.01.xyz"s, "="s + h + ".e30.c2ln"s,
        h + "=.e30.c2ln"s, " "s + assembled(kHeader), "\xC3\xA9.x.y"s, std::string(100'000, '.'),
        std::string(100'000, 'A')}) {
    CHECK(gate(text).kind == Kind::opaque);
  }
  for (const std::string_view header : {"[]", "\"x\"", "null", "1", " {}"})
    CHECK(kind_of_header(header) == Kind::opaque);
}

TEST_CASE("JW-05, JW-07, JW-08: parts that are not canonical base64url") {
  const std::string h = encode_base64url(kHeader);
  const std::string p = encode_base64url(kPayload);
  for (const std::string& text :
       {h + ".A===.c2ln", h + "." + p + ".A===", h + ".A.c2ln", h + "." + p + ".A", h + ".e31.c2ln",
        h + "." + p + ".c2lo=", h + "." + p + ".ZZ", h + "." + p + ".c2 ln", h + "." + p + ".c2ln\n",
        h + "." + p + ".c2+n", h + "." + p + ".", h + ".." + p, h + "." + p + ".c2/n", h + "." + p + ".c2l\xC3"}) {
    CAPTURE(text);
    CHECK(gate(text).kind == Kind::malformed);
  }
}

TEST_CASE("JW-11, JW-13, JW-19, JW-23: headers that name no algorithm of ours") {
  for (const std::string& header : {R"({})"s,
                                    R"({"alg":1})"s,
                                    R"({"alg":null})"s,
                                    R"({"alg":{}})"s,
                                    R"({"alg":["RS256"]})"s,
                                    R"({"alg":""})"s,
                                    R"({"alg":"none"})"s,
                                    R"({"alg":"None"})"s,
                                    R"({"alg":"NONE"})"s,
                                    R"({"alg":"nOnE"})"s,
                                    R"({"alg":"hs256"})"s,
                                    R"({"alg":"rs256"})"s,
                                    R"({"alg":"RS256 "})"s,
                                    R"({"alg":" RS256"})"s,
                                    R"({"alg":"RS256\u0000"})"s,
                                    R"({"alg":"RS1"})"s,
                                    R"({"alg":"ES256K"})"s,
                                    R"({"alg":"ES"})"s,
                                    R"({"alg":"RSA-OAEP"})"s,
                                    R"({"alg":"A128KW"})"s,
                                    R"({"alg":"dir"})"s,
                                    R"({"alg":"PBES2-HS256+A128KW","p2c":2147483647})"s,
                                    R"({"Alg":"RS256"})"s,
                                    R"({"alg":"RS256","alg":"none"})"s,
                                    R"({"alg":"RS256","kid":"a","kid":"b"})"s,
                                    "{\"alg\":\"RS256\",\"x\":\"\xFF\"}"s,
                                    "{\"alg\":\"RS256\"}\0"s,
                                    "{\"alg\":\"RS256\"} {}"s}) {
    CAPTURE(header);
    CHECK(kind_of_header(header) == Kind::malformed);
  }
}

TEST_CASE("JW-25 to JW-29, JW-41: extensions, detached, compressed, encrypted and nested tokens") {
  for (const std::string_view more :
       {R"("crit":["x"],"x":1)", R"("crit":[])", R"("crit":"x")", R"("crit":[null])", R"("crit":["exp"],"exp":1)",
        R"("crit":null)", R"("b64":false)", R"("b64":true)", R"("crit":["b64"],"b64":false)", R"("zip":"DEF")",
        R"("enc":"A128GCM")", R"("cty":"JWT")"}) {
    CAPTURE(more);
    CHECK(kind_of_header(R"({"alg":"RS256",)" + std::string(more) + "}") == Kind::malformed);
  }
}

TEST_CASE("JW-37: key ids of any content are only text, of bounded length") {
  for (const std::string_view id : {"../../dev/null", "' OR 1=1--", "http://x/", "%n%s", ""}) {
    const auto answer = gate(assembled(R"({"alg":"RS256","kid":")" + std::string(id) + R"("})"));
    REQUIRE(answer.kind == Kind::token);
    CHECK(answer.token->key_id == id);
  }
  CHECK(kind_of_header(R"({"alg":"RS256","kid":1})") == Kind::malformed);
  CHECK(kind_of_header(R"({"alg":"RS256","kid":["a"]})") == Kind::malformed);
  CHECK(kind_of_header(R"({"alg":"RS256","kid":"a\u0000b"})") == Kind::malformed);
  CHECK(kind_of_header(R"({"alg":"RS256","kid":")" + std::string(257, 'k') + R"("})") == Kind::malformed);
  CHECK(kind_of_header(R"({"alg":"RS256","kid":")" + std::string(65536, 'k') + R"("})") == Kind::malformed);
}

TEST_CASE("JW-38, JW-40: keys and addresses of keys in a header change nothing") {
  for (const std::string_view more : {R"("jwk":{"kty":"oct","k":"AAAA"})", R"("jku":"https://evil.example/")",
                                      R"("x5u":"file:///etc/passwd")", R"("x5c":["AAAA"])", R"("x5t":"AAAA")"}) {
    const auto answer = gate(assembled(R"({"alg":"RS256",)" + std::string(more) + "}"));
    REQUIRE(answer.kind == Kind::token);
    CHECK_FALSE(answer.token->key_id);
  }
}

TEST_CASE("the type is a media type: without application/, and of any case") {
  const auto type_of = [](std::string_view typ) {
    const auto answer = gate(assembled(R"({"alg":"RS256","typ":")" + std::string(typ) + R"("})"));
    return answer.token ? answer.token->type : "refused";
  };
  CHECK(type_of("at+jwt") == "at+jwt");
  CHECK(type_of("application/at+jwt") == "at+jwt");
  CHECK(type_of("Application/AT+JWT") == "at+jwt");
  CHECK(type_of("") == "refused");
  CHECK(kind_of_header(R"({"alg":"RS256","typ":1})") == Kind::malformed);
  CHECK(gate(assembled(R"({"alg":"RS256"})")).token->type == "");
}

TEST_CASE("sizes") {
  const auto padded = [](std::size_t size) {
    return assembled(kHeader, R"({"x":")" + std::string(size, 'x') + R"("})");
  };
  CHECK(gate(padded(12'000)).kind == Kind::token);
  CHECK(gate(padded(13'000)).kind == Kind::malformed);
  CHECK(gate(padded(1'000'000)).kind == Kind::malformed);
  CHECK(kind_of_header(R"({"alg":"RS256","x":")" + std::string(2100, 'x') + R"("})") == Kind::malformed);
  CHECK(gate(assembled(kHeader, kPayload, std::string(1024, 's'))).kind == Kind::token);
  CHECK(gate(assembled(kHeader, kPayload, std::string(1026, 's'))).kind == Kind::malformed);
  CHECK(gate(assembled(kHeader, "[]")).kind == Kind::malformed);
  CHECK(gate(assembled(kHeader, "")).kind == Kind::malformed);
}

TEST_CASE("JC-32: a payload of many members or great depth is refused at once") {
  std::string wide = "{\"a\":1";
  for (int i = 0; i < 5000; ++i) wide += ",\"" + std::to_string(i % 10) + "\":1";
  CHECK(gate(assembled(kHeader, wide + "}")).kind == Kind::malformed);
  CHECK(gate(assembled(kHeader, "{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}")).kind ==
        Kind::malformed);
}

TEST_CASE("no text is answered with two of the kinds, and why is there for every refusal") {
  const std::string right = assembled(kHeader);
  for (std::size_t size = 0; size < right.size(); ++size) {
    const auto cut = gate(std::string_view(right).substr(0, size));
    CHECK((cut.kind == Kind::token) == cut.token.has_value());
    CHECK((cut.kind == Kind::token) == cut.why.empty());
  }
}
