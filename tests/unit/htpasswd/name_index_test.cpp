// SPDX-License-Identifier: Apache-2.0
#include <name_index.hpp>

#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace gatehouse::htpasswd;

namespace {
/// The same from OpenSSL.
std::uint64_t openssl_sip_hash(const NameKey& key, std::string_view text, unsigned c, unsigned d) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr),
                                                              &EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(mac.get()),
                                                                          &EVP_MAC_CTX_free);
  unsigned size = 8;
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_uint("size", &size), OSSL_PARAM_construct_uint("c-rounds", &c),
                               OSSL_PARAM_construct_uint("d-rounds", &d), OSSL_PARAM_construct_end()};
  unsigned char out[8] = {};
  std::size_t written = 0;
  REQUIRE(EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(&key), sizeof key, params) == 1);
  REQUIRE(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
  REQUIRE(EVP_MAC_final(context.get(), out, &written, sizeof out) == 1);
  std::uint64_t value = 0;
  std::memcpy(&value, out, 8);
  return value;
}
}  // namespace

TEST_CASE("SipHash as in its paper, and as OpenSSL computes it") {
  const NameKey key{0x0706050403020100U, 0x0F0E0D0C0B0A0908U};
  std::string text;
  for (int i = 0; i < 15; ++i) text.push_back(static_cast<char>(i));
  CHECK(sip_hash<2, 4>(key, text) == 0xA129CA6149BE45E5U);
  const NameKey random = NameKey::random();
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string sample(size, static_cast<char>(size * 7));
    CHECK(sip_hash<2, 4>(random, sample) == openssl_sip_hash(random, sample, 2, 4));
    CHECK(sip_hash<1, 3>(random, sample) == openssl_sip_hash(random, sample, 1, 3));
  }
}

TEST_CASE("keys differ from table to table") {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 8; ++i) seen.insert(NameKey::random().k0);
  CHECK(seen.size() == 8);
}

TEST_CASE("what was put in is found, nothing else") {
  NameIndex index;
  std::vector<std::string> names;
  const auto find = [&](std::string_view name) {
    return index.find(name, [&](std::uint32_t i) { return names[i] == name; });
  };
  CHECK(find("nobody") == NameIndex::kNone);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    names.push_back("user" + std::to_string(i));
    index.insert(names.back(), i);
  }
  CHECK(index.size() == 5000);
  for (std::uint32_t i = 0; i < 5000; ++i) CHECK(find("user" + std::to_string(i)) == i);
  CHECK(find("user5000") == NameIndex::kNone);
  CHECK(find("") == NameIndex::kNone);
}
