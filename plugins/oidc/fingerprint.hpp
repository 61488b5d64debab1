// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What to remember texts by that strangers send: short, of one size, and made with a secret of this process, so that
/// nobody can choose where in a table they come to stand.
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace gatehouse::oidc {

using Fingerprint = std::array<char, 16>;

struct FingerprintHash {
  std::size_t operator()(const Fingerprint& print) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, print.data(), sizeof(hash));
    return hash;
  }
};

/// [any-thread]
class Fingerprints {
 public:
  /// Throws std::runtime_error if OpenSSL has no random numbers.
  Fingerprints();
  Fingerprints(const Fingerprints&) = delete;
  Fingerprints& operator=(const Fingerprints&) = delete;
  ~Fingerprints();
  [[nodiscard]] Fingerprint of(std::string_view text) const;

 private:
  std::string secret_;
};

}  // namespace gatehouse::oidc
