// SPDX-License-Identifier: Apache-2.0
// Key sets, as a provider publishes them and as an operator writes them: keys that are taken are public and strong.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <key_set.hpp>
#include <signature.hpp>

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::oidc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto set = KeySet::of_jwks(text)) {
    require(set->size() > 0 && set->size() <= kMostKeys && !set->has_secrets());
    for (const Key& key : set->keys()) {
      require(key.public_key() != nullptr && key.signature_size() >= 64);
      require(!key.id() || (!key.id()->empty() && key.id()->size() <= 256));
      for (const Algorithm algorithm : public_key_algorithms()) {
        require(!verify_signature(key, algorithm, text, std::string_view("x")));
      }
    }
  }
  if (const auto set = KeySet::of_file(text)) require(set->size() > 0);
  return 0;
}
