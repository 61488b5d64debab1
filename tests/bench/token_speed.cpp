// SPDX-License-Identifier: Apache-2.0
// How many tokens one thread looks at in a second: garbage at the gate, and right ones that nobody has seen before,
// beside what OpenSSL alone does with the same signatures. Prints a table; takes no part in CTest.
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <claims.hpp>
#include <digest.hpp>
#include <identity.hpp>
#include <key_set.hpp>
#include <token_gate.hpp>
#include <verifier.hpp>

#include "../unit/oidc/signer.hpp"

namespace {

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTime{1'000};
constexpr std::int64_t kNow = 1'700'000'000;

/// Calls a second.
template <class Work>
double rate(Work work) {
  std::size_t calls = 0;
  const auto begin = Clock::now();
  while (Clock::now() - begin < kTime) {
    for (int i = 0; i < 16; ++i) work();
    calls += 16;
  }
  return static_cast<double>(calls) / std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string payload() {
  return R"({"iss":"https://issuer.example/realms/main","aud":["https://api.example","account"],"sub":"f3a1c2d4-0000-4000-8000-1234567890ab",)"
         R"("exp":1700000600,"iat":1700000000,"jti":"9b2d7c1e-1111-4111-8111-1234567890ab","azp":"ci","scope":"use profile email",)"
         R"("realm_access":{"roles":["offline_access","uma_authorization","writer"]},"email":"alice@example.com","email_verified":true,)"
         R"("name":"Alice Example","preferred_username":"alice","groups":["staff","writers","mlflow"]})";
}

/// As `openssl speed` does: the digest is there already.
double raw(const Signer& signer, Algorithm algorithm) {
  const std::string message(32, 'm');
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_pkey(nullptr, signer.key(), nullptr);
  EVP_PKEY_CTX* sign = EVP_PKEY_CTX_new_from_pkey(nullptr, signer.key(), nullptr);
  std::string signature(1024, '\0');
  std::size_t size = signature.size();
  require_openssl(EVP_PKEY_sign_init(sign) == 1 && EVP_PKEY_verify_init(context) == 1);
  if (key_type_of(algorithm) == KeyType::rsa) {
    require_openssl(EVP_PKEY_CTX_set_signature_md(sign, EVP_sha256()) == 1 &&
                    EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1);
  }
  require_openssl(EVP_PKEY_sign(sign, reinterpret_cast<unsigned char*>(signature.data()), &size,
                                reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
  const double done = rate([&] {
    require_openssl(EVP_PKEY_verify(context, reinterpret_cast<const unsigned char*>(signature.data()), size,
                                    reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
  });
  EVP_PKEY_CTX_free(sign);
  EVP_PKEY_CTX_free(context);
  return done;
}

void compare(const char* name, const Signer& signer, Algorithm algorithm) {
  const auto keys = KeySet::of_jwks(signer.jwks());
  const std::string text = signer.token(algorithm, payload());
  ClaimRules rules;
  rules.issuer = "https://issuer.example/realms/main";
  rules.audiences = {"https://api.example"};
  const IdentityRules identity{.group_claims = {"groups"}, .attributes = {{"email", "email"}, {"name", "name"}}};
  const auto& allowed = public_key_algorithms();
  const WallTime now(std::chrono::seconds{kNow});
  const double ours = rate([&] {
    const GateAnswer gated = gate(text);
    require_openssl(gated.token && check_signature(*gated.token, *keys, allowed) == SignatureAnswer::right);
    const auto claims = gated.token->payload.root();
    require_openssl(check_claims(claims, gated.token->type, rules, now).kind == ClaimsAnswer::Kind::accepted);
    require_openssl(static_cast<bool>(identity_of(claims, identity)));
  });
  const double alone = raw(signer, algorithm);
  std::printf("%-8s %10.0f tokens/s, OpenSSL alone %10.0f signatures/s, ratio %.2f\n", name, ours, alone, ours / alone);
}

}  // namespace

int main() {
  const std::string right = ec_signer().token(Algorithm::es256, payload());
  const std::vector<std::pair<const char*, std::string>> garbage = {
      {"no JWT", std::string(800, 'A')},
      {"two dots, random",
       encode_base64url(std::string(90, '\x9D')) + "." + std::string(600, 'x') + "." + std::string(86, 'y')},
      {"alg none", encode_base64url(R"({"alg":"none"})") + right.substr(right.find('.'))},
      {"broken payload", right.substr(0, right.find('.')) + "." + std::string(600, 'x') + "." + std::string(86, 'A')},
      {"well-formed", right}};
  for (const auto& [name, text] : garbage) {
    std::printf("gate: %-18s %10.0f tokens/s\n", name, rate([&] { static_cast<void>(gate(text)); }));
  }
  compare("RS256", rsa_signer(), Algorithm::rs256);
  compare("ES256", ec_signer(), Algorithm::es256);
  return 0;
}
