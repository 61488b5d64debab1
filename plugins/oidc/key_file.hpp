// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Keys in a file: read at the start, and again whenever it changes.
#include <gatehouse/plugin/host.hpp>
#include <mutex>

#include "key_source.hpp"

namespace gatehouse::oidc {

class KeyFile final : public KeySource {
 public:
  static constexpr milliseconds kInterval{5'000};

  /// Reads the file. Throws plugin::ConfigError.
  KeyFile(plugin::Host host, std::string path);

  void start() override;
  void refresh() override;
  [[nodiscard]] Keys current() const override;
  [[nodiscard]] Newer newer_than(const Keys& seen, milliseconds patience, const Wanted& wanted) const override;

 private:
  void look();
  [[nodiscard]] Outcome<Keys> read();
  void take(Keys keys);

  plugin::Host host_;
  std::string path_;
  std::string digest_;   ///< of the file, as read last
  std::string problem_;  ///< as logged last
  mutable std::mutex mutex_;
  Keys keys_;
};

/// What is in a key file. Shared secrets only if nobody but the owner can read it.
[[nodiscard]] Outcome<KeySet> read_key_file(const std::string& path);

}  // namespace gatehouse::oidc
