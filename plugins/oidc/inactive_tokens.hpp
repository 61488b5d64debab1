// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Tokens that the provider did not know a moment ago: a program that comes again with its old token costs one
/// question.
#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "fingerprint.hpp"

namespace gatehouse::oidc {

/// [any-thread]. Of bounded size: the oldest go first. With `keep` 0 it remembers nothing.
class InactiveTokens {
 public:
  InactiveTokens(std::size_t most, std::chrono::milliseconds keep) : most_(most), keep_(keep) {}

  [[nodiscard]] bool has(std::string_view token, std::chrono::milliseconds now) const;
  void add(std::string_view token, std::chrono::milliseconds now);

 private:
  const std::size_t most_;
  const std::chrono::milliseconds keep_;
  const Fingerprints prints_{};
  mutable std::mutex mutex_;
  std::unordered_map<Fingerprint, std::chrono::milliseconds, FingerprintHash> until_{};
  std::deque<std::pair<std::chrono::milliseconds, Fingerprint>> in_order_{};
};

}  // namespace gatehouse::oidc
