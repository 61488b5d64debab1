// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a plugin must leave as it found it: the process belongs to the host.
#include <sys/types.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::detail {

struct Surroundings {
  [[nodiscard]] static Surroundings look();
  /// What is different now, in words: settings of the process and its children; threads and open descriptors.
  [[nodiscard]] std::optional<std::string> settings_changed(const Surroundings& now) const;
  [[nodiscard]] std::optional<std::string> left_behind(const Surroundings& now) const;

  std::string folder;
  std::string locale;
  mode_t mask = 0;
  std::vector<std::string> environment;
  std::array<void (*)(int), 32> handlers{};
  sigset_t blocked{};
  std::ptrdiff_t descriptors = 0;
  std::ptrdiff_t threads = 0;
  bool has_children = false;
};

/// How many threads this process has; 0 if that cannot be known.
[[nodiscard]] std::ptrdiff_t thread_count();

/// Whether a text stands anywhere in the memory of this process that can be written. It is given with every byte
/// flipped by `flip`, so that it does not stand there because of the search.
[[nodiscard]] bool stands_in_memory(const std::string& flipped, unsigned char flip);

}  // namespace gatehouse::detail
