// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <jwk.hpp>
#include <key_set.hpp>
#include <signature.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include "signer.hpp"

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;

namespace {

Key public_part(const Signer& signer) {
  const auto set = KeySet::of_file(signer.jwks());
  REQUIRE(set);
  return set->keys().front();
}

struct Pair {
  Algorithm algorithm;
  Signer signer;
};

const std::vector<Pair>& pairs() {
  static const std::vector<Pair> all = {{Algorithm::rs256, rsa_signer()},
                                        {Algorithm::rs384, rsa_signer()},
                                        {Algorithm::rs512, rsa_signer()},
                                        {Algorithm::ps256, rsa_signer()},
                                        {Algorithm::ps384, rsa_signer()},
                                        {Algorithm::ps512, rsa_signer()},
                                        {Algorithm::es256, ec_signer()},
                                        {Algorithm::es384, Signer::ec("p384", "P-384")},
                                        {Algorithm::es512, Signer::ec("p521", "P-521")},
                                        {Algorithm::eddsa, Signer::ed25519("ed")},
                                        {Algorithm::hs256, secret_signer()},
                                        {Algorithm::hs384, secret_signer()},
                                        {Algorithm::hs512, secret_signer()}};
  return all;
}

const std::string kMessage = "eyJhbGciOiJSUzI1NiJ9.e30";

}  // namespace

TEST_CASE("every algorithm accepts what it signed, and under no other name") {
  for (const auto& [algorithm, signer] : pairs()) {
    const auto name = name_of(algorithm);
    CAPTURE(name);
    const Key key = public_part(signer);
    const std::string signature = signer.sign(algorithm, kMessage);
    CHECK(verify_signature(key, algorithm, kMessage, signature));
    for (const auto& [other, unused] : pairs()) {
      if (other != algorithm) CHECK_FALSE(verify_signature(key, other, kMessage, signature));
    }
    CHECK_FALSE(verify_signature(key, algorithm, kMessage + "x", signature));
    CHECK_FALSE(verify_signature(key, algorithm, "", signature));
  }
}

TEST_CASE("JW-34: every bit of a signature counts") {
  for (const auto& [algorithm, signer] : pairs()) {
    const auto name = name_of(algorithm);
    CAPTURE(name);
    const Key key = public_part(signer);
    std::string signature = signer.sign(algorithm, kMessage);
    int accepted = 0;
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
      const auto mask = static_cast<char>(1U << (bit % 8));
      signature[bit / 8] = static_cast<char>(signature[bit / 8] ^ mask);
      accepted += verify_signature(key, algorithm, kMessage, signature) ? 1 : 0;
      signature[bit / 8] = static_cast<char>(signature[bit / 8] ^ mask);
    }
    CHECK(accepted == 0);
    CHECK(verify_signature(key, algorithm, kMessage, signature));
  }
}

TEST_CASE("JW-32: a signature has one length") {
  for (const auto& [algorithm, signer] : pairs()) {
    const auto name = name_of(algorithm);
    CAPTURE(name);
    const Key key = public_part(signer);
    const std::string signature = signer.sign(algorithm, kMessage);
    int accepted = 0;
    for (std::size_t size = 0; size < signature.size(); ++size) {
      accepted += verify_signature(key, algorithm, kMessage, signature.substr(0, size)) ? 1 : 0;
      accepted += verify_signature(key, algorithm, kMessage, signature.substr(signature.size() - size)) ? 1 : 0;
    }
    for (const std::size_t more : {1U, 2U, 8U, 64U, 1000U}) {
      accepted += verify_signature(key, algorithm, kMessage, signature + std::string(more, '\0')) ? 1 : 0;
      accepted += verify_signature(key, algorithm, kMessage, std::string(more, '\0') + signature) ? 1 : 0;
    }
    CHECK(accepted == 0);
  }
}

TEST_CASE("many threads check with one key at once") {
  for (const auto& [algorithm, signer] : pairs()) {
    CAPTURE(name_of(algorithm));
    const Key key = public_part(signer);
    const std::string signature = signer.sign(algorithm, kMessage);
    std::atomic<int> right{0};
    std::atomic<int> wrong{0};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, algorithm = algorithm] {
          for (int n = 0; n < 20; ++n) {
            right += verify_signature(key, algorithm, kMessage, signature) ? 1 : 0;
            wrong += verify_signature(key, algorithm, kMessage + "x", signature) ? 1 : 0;
          }
        });
      }
    }
    CHECK(right == 80);
    CHECK(wrong == 0);
  }
}

TEST_CASE("JW-31, JW-32: ECDSA with r or s out of range, in DER, or with zeros put in") {
  const Key key = public_part(ec_signer());
  const std::string right = ec_signer().sign(Algorithm::es256, kMessage);
  const std::string zero(32, '\0');
  const std::string order(
      "\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2"
      "\xFC\x63\x25\x51",
      32);
  const std::string most(32, '\xFF');
  const std::string r = right.substr(0, 32);
  const std::string s = right.substr(32);
  for (const std::string& signature :
       {zero + zero, zero + s, r + zero, order + s, r + order, order + order, most + most, most + s, r + most, s + r,
        zero.substr(1) + '\x01' + zero.substr(1) + '\x01', zero + r + zero + s,
        std::string(1, '\0') + r + std::string(1, '\0') + s}) {
    CHECK_FALSE(verify_signature(key, Algorithm::es256, kMessage, signature));
  }
  std::string der("\x30\x46\x02\x21\x00", 5);
  der += r + std::string("\x02\x21\x00", 3) + s;
  CHECK_FALSE(verify_signature(key, Algorithm::es256, kMessage, der));
}

TEST_CASE("JW-16, JW-17: a public key is never the secret of HMAC") {
  const Key key = public_part(rsa_signer());
  const std::string as_text = rsa_signer().jwks();
  const Signer confused = Signer::secret("x", as_text);
  for (const Algorithm algorithm : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) {
    CHECK_FALSE(key.fits(algorithm));
    CHECK_FALSE(verify_signature(key, algorithm, kMessage, confused.sign(algorithm, kMessage)));
  }
}

TEST_CASE("JW-20: a key with an alg checks that one only") {
  const auto set = KeySet::of_file(rsa_signer().jwks(R"(,"alg":"PS256")"));
  REQUIRE(set);
  const Key& key = set->keys().front();
  CHECK(verify_signature(key, Algorithm::ps256, kMessage, rsa_signer().sign(Algorithm::ps256, kMessage)));
  for (const Algorithm other : {Algorithm::rs256, Algorithm::rs384, Algorithm::ps384, Algorithm::ps512}) {
    CHECK_FALSE(verify_signature(key, other, kMessage, rsa_signer().sign(other, kMessage)));
  }
}

TEST_CASE("a salt of another length than the digest's is refused") {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  for (const int salt : {0, 20, 31, 33, 64}) {
    EVP_PKEY_CTX* parameters = nullptr;
    EVP_MD_CTX_reset(context.get());
    REQUIRE(EVP_DigestSignInit_ex(context.get(), &parameters, "SHA256", nullptr, nullptr, rsa_signer().key(),
                                  nullptr) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, salt) == 1);
    std::string signature(256, '\0');
    std::size_t size = signature.size();
    REQUIRE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(kMessage.data()), kMessage.size()) == 1);
    CHECK_FALSE(verify_signature(public_part(rsa_signer()), Algorithm::ps256, kMessage, signature));
  }
}

TEST_CASE("the published examples: RFC 7515 A.1 and A.3, RFC 8037 A.4") {
  struct Example {
    Algorithm algorithm;
    std::string jwk;
    std::string message;
    std::string signature;
  };
  const std::string claims =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const std::vector<Example> examples = {
      {Algorithm::hs256,
       R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
       "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + claims, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
      {Algorithm::es256,
       R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
       "eyJhbGciOiJFUzI1NiJ9." + claims,
       "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
      {Algorithm::eddsa, R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
       "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
       "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"}};
  for (const Example& example : examples) {
    const auto set = KeySet::of_file(example.jwk);
    REQUIRE(set);
    const auto signature = decode_base64url(example.signature);
    REQUIRE(signature);
    CHECK(verify_signature(set->keys().front(), example.algorithm, example.message, *signature));
  }
}
