// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The class to derive from.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <gatehouse/plugin/description.hpp>
#include <gatehouse/plugin/host.hpp>
#include <gatehouse/plugin/request.hpp>
#include <gatehouse/plugin/verdict.hpp>

namespace gatehouse::plugin {

/// One configured instance. authenticate() runs on several threads at once; everything else one at a time, but
/// background() runs beside authenticate().
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;  ///< [may block]

  [[nodiscard]] virtual Verdict authenticate(const Request& request, Call& call) const = 0;  ///< [may block]
  /// Once per serving process, after fork. It may come days after the constructor, in another process: what that read
  /// and may have changed is looked at again here. Throw ConfigError to refuse. [may block]
  virtual void start() {}
  /// Undoes start(); no authenticate() is running or follows. [may block]
  virtual void stop() {}
  /// Runs after Host::wake_after(), between start() and stop(). Announced to the host only if overridden. [may block]
  virtual void background() {}
  /// The kinds that this instance takes, where that is less than the description says; the same for its whole life.
  /// Announced to the host only if overridden. [no block]
  [[nodiscard]] virtual Credential credentials() const noexcept { return Credential::none; }
};

/// A class may answer further extensions, such as gatehouse.token_check/1, with a
/// `static const void* extension(std::string_view id) noexcept`, null for ids that it does not know. [no block]

/// Takes the options that a class's `static void parse_uri(std::string_view uri, UriOptions& out)` finds. A class that
/// has such a member answers the extension gatehouse.uri/1. It throws ConfigError to refuse.
class UriOptions {
 public:
  UriOptions(void* context, void (*emit)(void*, gatehouse_str, gatehouse_str)) noexcept
      : context_(context), emit_(emit) {}
  /// The value as a user would write it in the file. Repeat a name for a list.
  void add(std::string_view option, std::string_view value) {
    emit_(context_, detail::to_c(option), detail::to_c(value));
  }

 private:
  void* context_;
  void (*emit_)(void*, gatehouse_str, gatehouse_str);
};

/// Takes what a class's `void budget(Budget& out)` tells of the cost of its secrets. A class that has such a member
/// answers the extension gatehouse.budget/1.
class Budget {
 public:
  Budget(void* context, void (*sink)(void*, gatehouse_str, std::uint32_t)) noexcept : context_(context), add_(sink) {}
  /// One kind of secret, "bcrypt cost 12", and how long one check of it takes here.
  void add(std::string_view what, std::chrono::microseconds time) {
    const auto us = time.count() < 0 ? 0 : time.count() > UINT32_MAX ? std::int64_t{UINT32_MAX} : time.count();
    add_(context_, detail::to_c(what), static_cast<std::uint32_t>(us));
  }

 private:
  void* context_;
  void (*add_)(void*, gatehouse_str, std::uint32_t);
};

/// Compares secrets. The time taken depends on the lengths only, not on the bytes.
[[nodiscard]] inline bool equal_constant_time(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i] ^ b[i])));
  }
  return difference == 0;
}

}  // namespace gatehouse::plugin
