// SPDX-License-Identifier: Apache-2.0
// Keys of every form, and what must not be taken for one.
#include <doctest/doctest.h>
#include <openssl/pem.h>

#include <jwk.hpp>
#include <key_set.hpp>

#include "signer.hpp"

using namespace std::string_literals;
using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;

namespace {

std::string pem_of(const Signer& signer, bool with_private = false) {
  BIO* bio = BIO_new(BIO_s_mem());
  if (with_private) {
    REQUIRE(PEM_write_bio_PrivateKey(bio, signer.key(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  } else {
    REQUIRE(PEM_write_bio_PUBKEY(bio, signer.key()) == 1);
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string set_of(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}

std::size_t usable(const std::string& jwks) {
  const auto set = KeySet::of_jwks(jwks);
  return set ? set->size() : 0;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

/// A member's value, as it stands between its quotes.
std::string value_of(const std::string& jwk, const std::string& name) {
  const auto begin = jwk.find('"' + name + R"(":")") + name.size() + 4;
  return jwk.substr(begin, jwk.find('"', begin) - begin);
}

}  // namespace

TEST_CASE("keys of every type are read") {
  for (const Signer& signer :
       {rsa_signer(), ec_signer(), Signer::ec("a", "P-384"), Signer::ec("b", "P-521"), Signer::ed25519("c")}) {
    CHECK(usable(signer.jwks()) == 1);
    CHECK(KeySet::of_file(signer.jwk())->size() == 1);
    CHECK(KeySet::of_file(pem_of(signer))->size() == 1);
  }
  CHECK(KeySet::of_file(pem_of(rsa_signer()) + "\nsome text\n" + pem_of(ec_signer()))->size() == 2);
}

TEST_CASE("JK-05: what is no set of keys is refused whole") {
  for (const std::string& text :
       {""s, "x"s, "[]"s, "{}"s, R"({"keys":{}})"s, R"({"keys":null})"s, R"({"keys":[]})"s, R"({"keys":["x"]})"s,
        R"({"keys":[{}]})"s, R"({"error":"temporarily_unavailable"})"s, "<html><body>200 OK</body></html>"s,
        R"({"keys":[],"keys":[]})"s, "\x1F\x8B\x08\x00garbage"s, ec_signer().jwk()}) {
    CAPTURE(text);
    CHECK_FALSE(KeySet::of_jwks(text));
  }
  std::string many = ec_signer().jwk();
  for (int i = 0; i < 100; ++i) many += "," + Signer::ec("k" + std::to_string(i)).jwk();
  CHECK_FALSE(KeySet::of_jwks(set_of(many)));
  CHECK_FALSE(KeySet::of_jwks(set_of(ec_signer().jwk(R"(,"x":")" + std::string(600'000, 'A') + '"'))));
  CHECK_FALSE(KeySet::of_jwks(R"({"keys":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}"));
}

TEST_CASE("a broken entry is left out, named, and harms no other") {
  const auto set =
      KeySet::of_jwks(set_of(R"({"kty":"RSA","n":"!!","e":"AQAB"},)" + ec_signer().jwk() + R"(,{"no":"kty"},17)"));
  REQUIRE(set);
  CHECK(set->size() == 1);
  CHECK(set->complaints().size() == 3);
}

TEST_CASE("weak and odd RSA keys") {
  CHECK(usable(Signer::rsa("small", 1024).jwks()) == 0);
  CHECK(usable(Signer::rsa("small", 2040).jwks()) == 0);
  const std::string right = rsa_signer().jwk();
  const std::string n = value_of(right, "n");
  for (const std::string_view e : {"AQ", "Ag", "AA", "AQAA", "AQAAAAE", "", "AQAB=", "AQ AB"}) {
    CAPTURE(e);
    CHECK(usable(set_of(replaced(right, R"("e":"AQAB")", R"("e":")" + std::string(e) + '"'))) == 0);
  }
  std::string even = *decode_base64url(n);
  even.back() = static_cast<char>(even.back() & ~1);
  CHECK(usable(set_of(replaced(right, n, encode_base64url(even)))) == 0);
  CHECK(usable(set_of(replaced(right, n, encode_base64url(std::string(2048, '\xFF'))))) == 0);
  CHECK(usable(set_of(replaced(right, n, encode_base64url('\0' + *decode_base64url(n))))) == 1);
}

TEST_CASE("JW-35: points that are on no curve, or of another length") {
  const std::string right = ec_signer().jwk();
  const std::string x = value_of(right, "x");
  const std::string y = value_of(right, "y");
  const std::string zero = encode_base64url(std::string(32, '\0'));
  std::string moved = *decode_base64url(y);
  moved.back() = static_cast<char>(moved.back() ^ 1);
  CHECK(usable(set_of(replaced(right, y, encode_base64url(moved)))) == 0);
  CHECK(usable(set_of(replaced(replaced(right, x, zero), y, zero))) == 0);
  CHECK(usable(set_of(replaced(right, y, encode_base64url(std::string(32, '\xFF'))))) == 0);
  CHECK(usable(set_of(replaced(right, x, encode_base64url('\0' + *decode_base64url(x))))) == 0);
  CHECK(usable(set_of(replaced(right, x, encode_base64url(decode_base64url(x)->substr(1))))) == 0);
  CHECK(usable(set_of(replaced(right, "P-256", "P-384"))) == 0);
  CHECK(usable(set_of(replaced(right, "P-256", "secp256k1"))) == 0);
  CHECK(usable(set_of(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})")) == 0);
  CHECK(usable(set_of(R"({"kty":"OKP","crv":"X25519","x":")" + zero + "\"}")) == 0);
}

TEST_CASE("use, key_ops and alg say what a key is for") {
  const auto with = [](const std::string& more) { return usable(ec_signer().jwks(more)); };
  CHECK(with(R"(,"use":"sig")") == 1);
  CHECK(with(R"(,"use":"enc")") == 0);
  CHECK(with(R"(,"use":1)") == 0);
  CHECK(with(R"(,"key_ops":["verify"])") == 1);
  CHECK(with(R"(,"key_ops":["sign","verify"])") == 1);
  CHECK(with(R"(,"key_ops":["encrypt"])") == 0);
  CHECK(with(R"(,"key_ops":[])") == 0);
  CHECK(with(R"(,"key_ops":["verify","verify"])") == 0);
  CHECK(with(R"(,"key_ops":"verify")") == 0);
  CHECK(with(R"(,"key_ops":[1])") == 0);
  CHECK(with(R"(,"alg":"ES256")") == 1);
  CHECK(with(R"(,"alg":"ES384")") == 0);
  CHECK(with(R"(,"alg":"RS256")") == 0);
  CHECK(with(R"(,"alg":"ECDH-ES")") == 0);
  CHECK(with(R"(,"alg":1)") == 0);
}

TEST_CASE("kid is a text of bounded length") {
  const auto with = [](const std::string& kid) { return usable(set_of(Signer::ec("").jwk(R"(,"kid":)" + kid))); };
  CHECK(with("\"k\"") == 1);
  CHECK(with("1") == 0);
  CHECK(with("\"\"") == 0);
  CHECK(with("[\"k\"]") == 0);
  CHECK(with("\"" + std::string(257, 'k') + "\"") == 0);
}

TEST_CASE("JK-05: private keys and secrets that a provider publishes are spoilt") {
  CHECK(usable(rsa_signer().jwks(R"(,"d":"AAAA")")) == 0);
  CHECK(usable(ec_signer().jwks(R"(,"d":"AAAA")")) == 0);
  CHECK(usable(secret_signer().jwks()) == 0);
  CHECK_FALSE(KeySet::of_file(ec_signer().jwk(R"(,"d":"AAAA")")));
  CHECK_FALSE(KeySet::of_file(pem_of(rsa_signer(), true)));
  CHECK(KeySet::of_file(secret_signer().jwk())->has_secrets());
  CHECK_FALSE(KeySet::of_file(Signer::secret("s", std::string(31, 'k')).jwk()));
  CHECK_FALSE(KeySet::of_file(R"({"kty":"oct","k":""})"));
}

TEST_CASE("JW-18: a secret is at least as long as the digest") {
  const auto set = KeySet::of_file(Signer::secret("s", std::string(32, 'k')).jwk());
  REQUIRE(set);
  CHECK(set->keys().front().fits(Algorithm::hs256));
  CHECK_FALSE(set->keys().front().fits(Algorithm::hs384));
  CHECK_FALSE(set->keys().front().fits(Algorithm::hs512));
}

TEST_CASE("a kid that two keys have means neither; the same key twice means itself") {
  const std::string a = Signer::ec("same").jwk();
  const std::string b = Signer::ec("same").jwk();
  const auto set = KeySet::of_jwks(set_of(a + "," + b + "," + ec_signer().jwk()));
  REQUIRE(set);
  CHECK(set->size() == 1);
  CHECK(usable(set_of(a + "," + b)) == 0);
  CHECK(usable(set_of(a + "," + a)) == 2);
}

TEST_CASE("candidates: by kid exactly, or by fit") {
  const auto set = KeySet::of_jwks(set_of(rsa_signer().jwk() + "," + ec_signer().jwk() + "," + Signer::ec("").jwk()));
  REQUIRE(set);
  CHECK(set->candidates("rsa-1", Algorithm::rs256).size() == 1);
  CHECK(set->candidates("rsa-1", Algorithm::es256).empty());
  CHECK(set->candidates("RSA-1", Algorithm::rs256).empty());
  CHECK(set->candidates("", Algorithm::rs256).empty());
  CHECK(set->candidates("rsa-1\0"s, Algorithm::rs256).empty());
  CHECK(set->candidates("other", Algorithm::es256).empty());
  CHECK(set->candidates(std::nullopt, Algorithm::es256).size() == 2);
  CHECK(set->candidates(std::nullopt, Algorithm::es384).empty());
  const auto nameless = KeySet::of_file(pem_of(ec_signer()));
  CHECK(nameless->candidates("whatever", Algorithm::es256).size() == 1);
  std::string many;
  for (int i = 0; i < 10; ++i) many += (i == 0 ? "" : ",") + Signer::ec("k" + std::to_string(i)).jwk();
  CHECK(KeySet::of_jwks(set_of(many))->candidates(std::nullopt, Algorithm::es256).size() == KeySet::kMostCandidates);
}

TEST_CASE("broken PEM") {
  const std::string right = pem_of(ec_signer());
  for (const std::string& text :
       {""s, " \n"s, "x"s, "-----BEGIN PUBLIC KEY-----"s,
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"s, right.substr(0, right.size() / 2),
        replaced(right, "PUBLIC KEY", "RSA PUBLIC KEY"), replaced(right, "\n", "\nProc-Type: 4,ENCRYPTED\n"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"s,
        right + "-----BEGIN PUBLIC KEY-----\nAAAA\n"s, pem_of(Signer::rsa("w", 1024))}) {
    CAPTURE(text);
    CHECK_FALSE(KeySet::of_file(text));
  }
}

TEST_CASE("RFC 7638: the thumbprint of its example") {
  const auto document = json::parse_object(
      R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})",
      {});
  REQUIRE(document);
  CHECK(thumbprint(document->root()) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST_CASE("the name of a set is that of its keys, in whatever order they come, and of no others") {
  const auto name = [](const std::string& keys) {
    const auto set = KeySet::of_file(set_of(keys));
    REQUIRE(set);
    return set->name();
  };
  const std::string rsa = rsa_signer().jwk();
  const std::string ec = ec_signer().jwk();
  CHECK(name(rsa + "," + ec) == name(ec + ", " + rsa));
  CHECK(name(rsa + "," + ec + "," + ec) == name(ec + "," + rsa));
  CHECK(name(ec) != name(rsa));
  CHECK(name(ec) != name(rsa + "," + ec));
  CHECK(name(ec) != name(Signer::ec("ec-1").jwk()));  // another key under the same kid
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string other = ec;
    REQUIRE(other.find(from) != std::string::npos);
    return other.replace(other.find(from), from.size(), to);
  };
  CHECK(name(ec) != name(changed("\"ec-1\"", "\"ec-2\"")));
  CHECK(name(ec) != name(changed("\"kty\"", "\"alg\":\"ES256\",\"kty\"")));
  CHECK(name(ec).find("ec-1") == std::string::npos);
}
