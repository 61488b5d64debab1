// SPDX-License-Identifier: Apache-2.0
// How many tokens one thread looks at in a second: garbage at the gate, and right ones that nobody has seen before,
// beside what OpenSSL alone does with the same signatures. Counts the thread's own time, and the two by turns, so that
// others on the machine matter little. Prints a table; takes no part in CTest.
#include <cstdio>
#include <ctime>
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

constexpr int kTurns = 10;
constexpr double kTurn = 0.1;  // seconds
constexpr std::int64_t kNow = 1'700'000'000;

double seconds_of_this_thread() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// How often something was done, in how long.
class Rate {
 public:
  template <class Work>
  void turn(const Work& work) {
    const double begin = seconds_of_this_thread();
    double end = begin;
    for (; end - begin < kTurn; end = seconds_of_this_thread()) {
      for (int i = 0; i < 16; ++i) work();
      calls_ += 16;
    }
    seconds_ += end - begin;
  }
  [[nodiscard]] double value() const { return calls_ / seconds_; }

 private:
  double calls_ = 0;
  double seconds_ = 0;
};

std::string payload() {
  return R"({"iss":"https://issuer.example/realms/main","aud":["https://api.example","account"],"sub":"f3a1c2d4-0000-4000-8000-1234567890ab",)"
         R"("exp":1700000600,"iat":1700000000,"jti":"9b2d7c1e-1111-4111-8111-1234567890ab","azp":"ci","scope":"use profile email",)"
         R"("realm_access":{"roles":["offline_access","uma_authorization","writer"]},"email":"alice@example.com","email_verified":true,)"
         R"("name":"Alice Example","preferred_username":"alice","groups":["staff","writers","mlflow"]})";
}

/// As `openssl speed` does: the digest is there already, and all is set up.
class Raw {
 public:
  Raw(const Signer& signer, Algorithm algorithm)
      : context_(EVP_PKEY_CTX_new_from_pkey(nullptr, signer.key(), nullptr), &EVP_PKEY_CTX_free) {
    const Context sign(EVP_PKEY_CTX_new_from_pkey(nullptr, signer.key(), nullptr), &EVP_PKEY_CTX_free);
    std::size_t size = signature_.size();
    require_openssl(EVP_PKEY_sign_init(sign.get()) == 1 && EVP_PKEY_verify_init(context_.get()) == 1);
    if (key_type_of(algorithm) == KeyType::rsa) {
      require_openssl(EVP_PKEY_CTX_set_signature_md(sign.get(), EVP_sha256()) == 1 &&
                      EVP_PKEY_CTX_set_signature_md(context_.get(), EVP_sha256()) == 1);
    }
    require_openssl(EVP_PKEY_sign(sign.get(), reinterpret_cast<unsigned char*>(signature_.data()), &size,
                                  reinterpret_cast<const unsigned char*>(message_.data()), message_.size()) == 1);
    signature_.resize(size);
  }
  void operator()() const {
    require_openssl(EVP_PKEY_verify(context_.get(), reinterpret_cast<const unsigned char*>(signature_.data()),
                                    signature_.size(), reinterpret_cast<const unsigned char*>(message_.data()),
                                    message_.size()) == 1);
  }

 private:
  using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
  Context context_;
  std::string message_ = std::string(32, 'm');
  std::string signature_ = std::string(1024, '\0');
};

void compare(const char* name, const Signer& signer, Algorithm algorithm) {
  const auto keys = KeySet::of_jwks(signer.jwks());
  const std::string text = signer.token(algorithm, payload());
  ClaimRules rules;
  rules.issuer = "https://issuer.example/realms/main";
  rules.audiences = {"https://api.example"};
  const IdentityRules identity{.group_claims = {"groups"}, .attributes = {{"email", "email"}, {"name", "name"}}};
  const auto& allowed = public_key_algorithms();
  const WallTime now(std::chrono::seconds{kNow});
  const auto token = [&] {
    const GateAnswer gated = gate(text);
    require_openssl(gated.token && check_signature(*gated.token, *keys, allowed) == SignatureAnswer::right);
    const auto claims = gated.token->payload.root();
    require_openssl(check_claims(claims, gated.token->type, rules, now).kind == ClaimsAnswer::Kind::accepted);
    require_openssl(static_cast<bool>(identity_of(claims, identity)));
  };
  const Raw raw(signer, algorithm);
  Rate ours;
  Rate alone;
  for (int turn = 0; turn < kTurns; ++turn) {
    ours.turn(token);
    alone.turn(raw);
  }
  std::printf("%-8s %10.0f tokens/s, OpenSSL alone %10.0f signatures/s, ratio %.2f\n", name, ours.value(),
              alone.value(), ours.value() / alone.value());
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
    Rate rate;
    for (int turn = 0; turn < kTurns; ++turn) {
      rate.turn([text = std::string_view(text)] { static_cast<void>(gate(text)); });
    }
    std::printf("gate: %-18s %10.0f tokens/s\n", name, rate.value());
  }
  compare("RS256", rsa_signer(), Algorithm::rs256);
  compare("ES256", ec_signer(), Algorithm::es256);
  return 0;
}
