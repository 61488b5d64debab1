// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where an issuer's keys come from, as the one who checks tokens sees it.
#include <chrono>
#include <memory>
#include <string>

#include "key_set.hpp"
#include "wanted.hpp"

namespace gatehouse::oidc {

using Keys = std::shared_ptr<const KeySet>;
using std::chrono::milliseconds;

class KeySource {
 public:
  KeySource() = default;
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;
  virtual ~KeySource() = default;

  /// Called once before anything else. Throws plugin::ConfigError. [may block]
  virtual void start() = 0;
  /// Looks whether there are other keys, and asks the host to be woken when it is time to look again. One at a time.
  /// [may block]
  virtual void refresh() = 0;
  /// The keys that count now; null if there are none, or none that are new enough. [any-thread] [no block]
  [[nodiscard]] virtual Keys current() const = 0;

  struct Newer {
    Keys keys;            ///< as current()
    bool certain = true;  ///< whether it is known that the provider has no other keys
  };
  /// For a token that no key of current() fits: keys that were fetched since, or at most `patience` later. A stranger
  /// can ask for this as often as he likes: most often it is current(). It ends early if it is `wanted` no longer.
  /// [any-thread] [may block]
  [[nodiscard]] virtual Newer newer_than(const Keys& seen, milliseconds patience, const Wanted& wanted) const = 0;
};

}  // namespace gatehouse::oidc
