// SPDX-License-Identifier: Apache-2.0
#include "jwk.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <array>
#include <vector>

#include "base64url.hpp"
#include "digest.hpp"

namespace gatehouse::oidc {
namespace {

constexpr std::size_t kLongestId = 256;
constexpr std::size_t kLongestModulus = 8192 / 8 + 1;  // some write the sign octet of their big integers
constexpr std::size_t kLongestSecret = 1024;

struct FreeContext {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
struct FreeBuilder {
  void operator()(OSSL_PARAM_BLD* builder) const noexcept { OSSL_PARAM_BLD_free(builder); }
};
struct FreeParameters {
  void operator()(OSSL_PARAM* parameters) const noexcept { OSSL_PARAM_free(parameters); }
};
struct FreeNumber {
  void operator()(BIGNUM* number) const noexcept { BN_free(number); }
};
/// What OpenSSL says of a bad key must not be taken for the fault of whoever uses it next on this thread.
struct ForgetErrors {
  ForgetErrors() = default;
  ForgetErrors(const ForgetErrors&) = delete;
  ForgetErrors& operator=(const ForgetErrors&) = delete;
  ~ForgetErrors() { ERR_clear_error(); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

const unsigned char* octets(const std::string& bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::shared_ptr<EVP_PKEY> assemble(const char* type, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, FreeParameters> parameters(OSSL_PARAM_BLD_to_param(builder));
  const std::unique_ptr<EVP_PKEY_CTX, FreeContext> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return own(made);
}

/// A member in base64url of at most so many bytes.
std::optional<std::string> bytes_of(const json::Value& jwk, std::string_view name, std::size_t longest) {
  const auto text = jwk.member(name).text();
  if (!text || text->empty() || text->size() > longest * 4 / 3 + 2) return std::nullopt;
  auto bytes = decode_base64url(*text);
  if (!bytes || bytes->empty() || bytes->size() > longest) return std::nullopt;
  return bytes;
}

Outcome<Key> read_rsa(const json::Value& jwk) {
  const auto n = bytes_of(jwk, "n", kLongestModulus);
  const auto e = bytes_of(jwk, "e", 5);
  if (!n || !e) return Problem{"an RSA key whose n or e is missing, too long or not base64url"};
  const Number modulus(BN_bin2bn(octets(*n), static_cast<int>(n->size()), nullptr));
  const Number exponent(BN_bin2bn(octets(*e), static_cast<int>(e->size()), nullptr));
  const std::unique_ptr<OSSL_PARAM_BLD, FreeBuilder> builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return Problem{"an RSA key that cannot be read"};
  }
  return Key::of_public_key(assemble("RSA", builder.get()));
}

struct JwkCurve {
  std::string_view name;
  const char* group;
  std::size_t size;
};
constexpr std::array<JwkCurve, 3> kCurves = {
    {{"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}, {"P-521", "secp521r1", 66}}};

Outcome<Key> read_ec(const json::Value& jwk, const JwkCurve& curve) {
  const auto x = bytes_of(jwk, "x", curve.size);
  const auto y = bytes_of(jwk, "y", curve.size);
  if (!x || !y || x->size() != curve.size || y->size() != curve.size) {
    return Problem{"an EC key whose x or y is missing or has not the length of its curve"};
  }
  const std::string point = '\x04' + *x + *y;
  const std::unique_ptr<OSSL_PARAM_BLD, FreeBuilder> builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return Problem{"an EC key that cannot be read"};
  }
  auto made = assemble("EC", builder.get());
  if (!made) return Problem{"a key whose point is not on its curve"};
  return Key::of_public_key(std::move(made));
}

Outcome<Key> read_ed25519(const json::Value& jwk) {
  const auto x = bytes_of(jwk, "x", 32);
  if (!x || x->size() != 32) return Problem{"an Ed25519 key whose x is missing or has not 32 bytes"};
  return Key::of_public_key(own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(*x), x->size())));
}

/// What is meant for signatures, as far as the key itself says; a Problem if it says it in a way that is no JWK.
Outcome<bool> is_for_signatures(const json::Value& jwk) {
  if (const auto use = jwk.member("use"); use.present()) {
    const auto text = use.text();
    if (!text) return Problem{"a key whose use is not a text"};
    if (*text != "sig") return false;
  }
  if (const auto operations = jwk.member("key_ops"); operations.present()) {
    const auto names = operations.texts();
    if (!names) return Problem{"a key whose key_ops is not a list of texts"};
    bool verifies = false;
    for (std::size_t i = 0; i < names->size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if ((*names)[i] == (*names)[j]) return Problem{"a key whose key_ops has an entry twice"};
      }
      verifies = verifies || (*names)[i] == "verify";
    }
    if (!verifies) return false;
  }
  return true;
}

bool has_private_part(const json::Value& jwk) {
  for (const std::string_view name : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
    if (jwk.has(name)) return true;
  }
  return false;
}

/// nullopt: a type or curve of no concern here.
std::optional<Outcome<Key>> read_by_type(const json::Value& jwk, std::string_view type, KeyOrigin origin) {
  if (type == "oct") {
    if (origin == KeyOrigin::provider) return Problem{"a shared secret, which nobody may publish"};
    auto secret = bytes_of(jwk, "k", kLongestSecret);
    if (!secret) return Problem{"a shared secret whose k is missing, too long or not base64url"};
    return Key::of_secret(SecretBytes(std::move(*secret)));
  }
  if (has_private_part(jwk)) return Problem{"a private key; only its public part may be here"};
  if (type == "RSA") return read_rsa(jwk);
  const auto curve = jwk.member("crv").text();
  if (type == "EC") {
    if (!curve) return Problem{"an EC key without crv"};
    for (const JwkCurve& known : kCurves) {
      if (known.name == *curve) return read_ec(jwk, known);
    }
  }
  if (type == "OKP" && curve == "Ed25519") return read_ed25519(jwk);
  return std::nullopt;
}

}  // namespace

Outcome<ReadJwk> read_jwk(const json::Value& jwk, KeyOrigin origin) {
  const ForgetErrors after;
  const auto type = jwk.member("kty").text();
  if (!type) return Problem{"an entry that is no key: it has no kty"};
  auto meant = is_for_signatures(jwk);
  if (!meant) return Problem{meant.problem()};
  if (!*meant) return ReadJwk{};

  std::optional<Algorithm> algorithm;
  if (const auto named = jwk.member("alg"); named.present()) {
    const auto text = named.text();
    if (!text) return Problem{"a key whose alg is not a text"};
    algorithm = algorithm_named(*text);
    if (!algorithm) return ReadJwk{};
  }
  auto key = read_by_type(jwk, *type, origin);
  if (!key) return ReadJwk{};
  if (!*key) return Problem{key->problem()};
  if (algorithm && !(*key)->pin(*algorithm)) return Problem{"a key whose alg does not go with its type"};
  if (const auto id = jwk.member("kid"); id.present()) {
    const auto text = id.text();
    if (!text || text->empty() || text->size() > kLongestId) {
      return Problem{"a key whose kid is not a text of 1 to 256 bytes"};
    }
    (*key)->set_id(std::string(*text));
  }
  return ReadJwk{std::move(**key)};
}

std::string thumbprint(const json::Value& jwk) {
  const auto type = jwk.member("kty").text();
  const auto part = [&](std::string_view name) {
    const auto text = jwk.member(name).text();
    return json::quoted(text.value_or(""));
  };
  std::string members;
  if (type == "RSA") members = R"({"e":)" + part("e") + R"(,"kty":"RSA","n":)" + part("n") + "}";
  if (type == "EC") {
    members = R"({"crv":)" + part("crv") + R"(,"kty":"EC","x":)" + part("x") + R"(,"y":)" + part("y") + "}";
  }
  if (type == "OKP") members = R"({"crv":)" + part("crv") + R"(,"kty":"OKP","x":)" + part("x") + "}";
  return members.empty() ? std::string() : encode_base64url(sha256(members));
}

}  // namespace gatehouse::oidc
