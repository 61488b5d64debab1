// SPDX-License-Identifier: Apache-2.0
// The extension gatehouse.token_check/1, through the boundary.
#include "oidc_plugin.hpp"
#include "signer.hpp"

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;

namespace {

struct Asked {
  std::int32_t code;
  std::string why;
};

Asked ask(std::string_view token, std::string_view keys, std::string_view issuer = "", std::string_view audience = "",
          bool signature_only = false) {
  const auto* extension =
      static_cast<const gatehouse_token_check*>(gatehouse_plugin_v1()->get_extension(c_str(GATEHOUSE_EXT_TOKEN_CHECK)));
  REQUIRE(extension != nullptr);
  const gatehouse_token_question question{sizeof(gatehouse_token_question),
                                          signature_only ? 1U : 0U,
                                          c_str(token),
                                          c_str(keys),
                                          c_str(issuer),
                                          c_str(audience),
                                          1'700'000'000'000};
  Asked asked{-1, ""};
  asked.code = extension->check(&question, &asked.why, [](void* to, gatehouse_str sentence) {
    *static_cast<std::string*>(to) = gatehouse::oidc::test::text(sentence);
  });
  return asked;
}

const std::string kPayload = R"({"iss":"https://i.example","aud":["a","b"],"exp":1700000100})";

}  // namespace

TEST_CASE("accepted, refused and unusable keys are three answers") {
  const std::string token = ec_signer().token(Algorithm::es256, kPayload);
  const std::string keys = ec_signer().jwks();
  CHECK(ask(token, keys).code == GATEHOUSE_TOKEN_ACCEPTED);
  CHECK(ask(token, keys, "https://i.example", "b").code == GATEHOUSE_TOKEN_ACCEPTED);
  CHECK(ask(token, keys, "https://j.example").code == GATEHOUSE_TOKEN_REFUSED);
  CHECK(ask(token, keys, "", "c").why == "its aud is somebody else");
  CHECK(ask(token, rsa_signer().jwks()).why == "none of the keys fits its kid and alg");
  CHECK(ask(token, Signer::ec("ec-1").jwks()).why == "its signature is wrong");
  CHECK(ask(token, "").code == GATEHOUSE_TOKEN_NO_KEYS);
  CHECK(ask("x", keys).why == "it is not a JWT");
  CHECK(ask(secret_signer().token(Algorithm::hs256, kPayload), keys).why == "its alg goes with none of the keys");
  CHECK(ask(secret_signer().token(Algorithm::hs256, kPayload), secret_signer().jwk()).code == GATEHOUSE_TOKEN_ACCEPTED);
}

TEST_CASE("of the signature alone") {
  const std::string keys = ec_signer().jwks();
  const std::string token = ec_signer().token(Algorithm::es256, R"({"exp":1})");
  CHECK(ask(token, keys).why == "it has expired");
  CHECK(ask(token, keys, "https://j.example", "c", true).code == GATEHOUSE_TOKEN_ACCEPTED);
  CHECK(ask(token + "A", keys, "", "", true).code == GATEHOUSE_TOKEN_REFUSED);
}
