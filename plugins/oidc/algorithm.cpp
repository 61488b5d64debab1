// SPDX-License-Identifier: Apache-2.0
#include "algorithm.hpp"

#include <array>

namespace gatehouse::oidc {
namespace {

struct Row {
  Algorithm algorithm;
  std::string_view name;
  KeyType key;
  const char* digest;
  std::size_t digest_size;
  bool pss;
};

constexpr std::array<Row, 13> kRows = {{{Algorithm::hs256, "HS256", KeyType::oct, "SHA256", 32, false},
                                        {Algorithm::hs384, "HS384", KeyType::oct, "SHA384", 48, false},
                                        {Algorithm::hs512, "HS512", KeyType::oct, "SHA512", 64, false},
                                        {Algorithm::rs256, "RS256", KeyType::rsa, "SHA256", 32, false},
                                        {Algorithm::rs384, "RS384", KeyType::rsa, "SHA384", 48, false},
                                        {Algorithm::rs512, "RS512", KeyType::rsa, "SHA512", 64, false},
                                        {Algorithm::ps256, "PS256", KeyType::rsa, "SHA256", 32, true},
                                        {Algorithm::ps384, "PS384", KeyType::rsa, "SHA384", 48, true},
                                        {Algorithm::ps512, "PS512", KeyType::rsa, "SHA512", 64, true},
                                        {Algorithm::es256, "ES256", KeyType::p256, "SHA256", 32, false},
                                        {Algorithm::es384, "ES384", KeyType::p384, "SHA384", 48, false},
                                        {Algorithm::es512, "ES512", KeyType::p521, "SHA512", 64, false},
                                        {Algorithm::eddsa, "EdDSA", KeyType::ed25519, nullptr, 0, false}}};

constexpr const Row& row(Algorithm algorithm) noexcept {
  return kRows[static_cast<std::size_t>(algorithm)];
}

}  // namespace

std::optional<Algorithm> algorithm_named(std::string_view name) noexcept {
  for (const Row& known : kRows) {
    if (known.name == name) return known.algorithm;
  }
  if (name == "Ed25519") return Algorithm::eddsa;  // RFC 9864: the same, by its full name
  return std::nullopt;
}

std::string_view name_of(Algorithm algorithm) noexcept {
  return row(algorithm).name;
}

KeyType key_type_of(Algorithm algorithm) noexcept {
  return row(algorithm).key;
}

const char* digest_of(Algorithm algorithm) noexcept {
  return row(algorithm).digest;
}

std::size_t digest_size_of(Algorithm algorithm) noexcept {
  return row(algorithm).digest_size;
}

bool is_pss(Algorithm algorithm) noexcept {
  return row(algorithm).pss;
}

const std::vector<Algorithm>& public_key_algorithms() {
  static const std::vector<Algorithm> all = [] {
    std::vector<Algorithm> list;
    for (const Row& known : kRows) {
      if (known.key != KeyType::oct) list.push_back(known.algorithm);
    }
    return list;
  }();
  return all;
}

std::string all_algorithm_names() {
  std::string names;
  for (const Row& known : kRows) names.append(names.empty() ? "" : ", ").append(known.name);
  return names;
}

}  // namespace gatehouse::oidc
