// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The table of services that plugins are given. Every function copies what it is given, checks it, and never throws.
#include <cstddef>

#include <gatehouse/plugin.h>

namespace gatehouse::detail {
class Instance;
/// The one table; lives as long as the process.
[[nodiscard]] const gatehouse_host_api* host_api() noexcept;

/// Limits on what one call may say. What is over is a breach: the call ends unavailable.
inline constexpr std::size_t max_subject = 512;
inline constexpr std::size_t max_groups = 20'000;
inline constexpr std::size_t max_attributes = 1024;
inline constexpr std::size_t max_challenges = 16;
inline constexpr std::size_t max_call_bytes = std::size_t{4} * 1024 * 1024;
}  // namespace gatehouse::detail

/// What a plugin holds as "this instance, as the host knows it".
struct gatehouse_host {
  gatehouse::detail::Instance* instance;
};
