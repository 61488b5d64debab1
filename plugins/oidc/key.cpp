// SPDX-License-Identifier: Apache-2.0
#include "key.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>

#include <array>
#include <stdexcept>

#include "digest.hpp"

namespace gatehouse::oidc {
namespace {

constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 8192;  // beyond it a check takes so long that it is an attack
constexpr int kMostExponentBits = 32;
constexpr std::size_t kLeastSecret = 32;

struct Curve {
  std::string_view name;
  KeyType type;
  std::size_t signature;
};
constexpr std::array<Curve, 3> kCurves = {
    {{"prime256v1", KeyType::p256, 64}, {"secp384r1", KeyType::p384, 96}, {"secp521r1", KeyType::p521, 132}}};

struct FreeNumber {
  void operator()(BIGNUM* number) const noexcept { BN_free(number); }
};

struct FreeContext {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};

struct FreeBytes {
  void operator()(unsigned char* bytes) const noexcept { OPENSSL_free(bytes); }
};

bool is_sound(EVP_PKEY* key) {
  const std::unique_ptr<EVP_PKEY_CTX, FreeContext> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context && EVP_PKEY_public_check(context.get()) == 1;
}

std::string complaint_about_rsa(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < kLeastRsaBits) return "an RSA key of less than 2048 bits";
  if (bits > kMostRsaBits) return "an RSA key of more than 8192 bits";
  BIGNUM* read = nullptr;
  const bool known = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &read) == 1;
  const std::unique_ptr<BIGNUM, FreeNumber> exponent(read);
  if (!known || BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get()) == 1 ||
      BN_num_bits(exponent.get()) > kMostExponentBits) {
    return "an RSA key with an exponent that is even, 1, or over 32 bits";
  }
  BIGNUM* read_modulus = nullptr;
  const bool has_modulus = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &read_modulus) == 1;
  const std::unique_ptr<BIGNUM, FreeNumber> modulus(read_modulus);
  if (!has_modulus || BN_is_odd(modulus.get()) == 0) return "an RSA key with an even modulus";
  return {};
}

const Curve* curve_of(EVP_PKEY* key) {
  std::array<char, 80> name{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) != 1) return nullptr;
  for (const Curve& curve : kCurves) {
    if (curve.name == std::string_view(name.data(), size)) return &curve;
  }
  return nullptr;
}

}  // namespace

void SecretBytes::wipe() noexcept {
  bytes_.resize(bytes_.capacity());  // a short text that was moved away still stands there
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

Outcome<Key> Key::of_public_key(std::shared_ptr<EVP_PKEY> key) {
  if (!key) return Problem{"a key that OpenSSL cannot read"};
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    if (auto complaint = complaint_about_rsa(key.get()); !complaint.empty()) return Problem{std::move(complaint)};
    Key made(KeyType::rsa);
    made.signature_size_ = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
    made.key_ = std::move(key);
    made.prepare();
    return made;
  }
  if (EVP_PKEY_is_a(key.get(), "EC") == 1) {
    const Curve* curve = curve_of(key.get());
    if (curve == nullptr) return Problem{"a key on a curve other than P-256, P-384 and P-521"};
    if (!is_sound(key.get())) return Problem{"a key whose point is not on its curve"};
    Key made(curve->type);
    made.signature_size_ = curve->signature;
    made.key_ = std::move(key);
    made.prepare();
    return made;
  }
  if (EVP_PKEY_is_a(key.get(), "ED25519") == 1) {
    Key made(KeyType::ed25519);
    made.signature_size_ = 64;
    made.key_ = std::move(key);
    made.prepare();
    return made;
  }
  return Problem{"a key that is neither RSA nor EC nor Ed25519"};
}

Outcome<Key> Key::of_secret(SecretBytes secret) {
  if (secret.view().size() < kLeastSecret) return Problem{"a shared secret of less than 32 bytes"};
  Key made(KeyType::oct);
  made.secret_ = std::move(secret);
  return made;
}

void Key::prepare() {
  for (const Algorithm algorithm : public_key_algorithms()) {
    if (key_type_of(algorithm) != type_) continue;
    if (auto check = PreparedCheck::make(key_.get(), algorithm)) prepared_.emplace_back(algorithm, std::move(check));
  }
}

const PreparedCheck* Key::prepared(Algorithm algorithm) const noexcept {
  for (const auto& [known, check] : prepared_) {
    if (known == algorithm) return check.get();
  }
  return nullptr;
}

bool Key::fits(Algorithm algorithm) const noexcept {
  if (key_type_of(algorithm) != type_) return false;
  if (algorithm_ && *algorithm_ != algorithm) return false;
  return type_ != KeyType::oct || secret_.view().size() >= digest_size_of(algorithm);
}

bool Key::pin(Algorithm algorithm) noexcept {
  if (key_type_of(algorithm) != type_) return false;
  algorithm_ = algorithm;
  return true;
}

std::string Key::fingerprint() const {
  std::string text(1, static_cast<char>(type_));
  text += algorithm_ ? static_cast<char>(*algorithm_) : '\xFF';
  text += id_ ? sha256(*id_) : std::string();
  if (type_ == KeyType::oct) return sha256(text + sha256(secret_.view()));
  unsigned char* made = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &made);
  const std::unique_ptr<unsigned char, FreeBytes> der(made);
  if (size <= 0) throw std::runtime_error("OpenSSL cannot write a public key");
  return sha256(text.append(reinterpret_cast<const char*>(der.get()), static_cast<std::size_t>(size)));
}

bool operator==(const Key& a, const Key& b) noexcept {
  if (a.type_ != b.type_ || a.id_ != b.id_ || a.algorithm_ != b.algorithm_) return false;
  if (a.type_ == KeyType::oct) return a.secret_.view() == b.secret_.view();
  return EVP_PKEY_eq(a.key_.get(), b.key_.get()) == 1;
}

}  // namespace gatehouse::oidc
