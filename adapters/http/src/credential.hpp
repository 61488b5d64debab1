// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The one decoder of Authorization, below both the C++ and the C interface.
#include <cstddef>
#include <span>
#include <string_view>

#include <gatehouse/http.hpp>

namespace gatehouse::http {

/// Overwrites in a way that the compiler keeps.
void wipe_bytes(std::span<char> bytes) noexcept;

/// Finds the Authorization among the fields of a request: show it each of them, then ask.
class AuthorizationField {
 public:
  void see(std::string_view name, std::string_view value) noexcept;

  /// none; malformed for more than one, of whatever schemes (it is a singleton: RFC 9110, 5.3); or what the value is.
  /// A password is decoded into `memory`; `used` says how much of it was written, also when the answer is refused.
  /// `request` is set only when the answer is present.
  [[nodiscard]] Credential::State read(std::span<char> memory, std::size_t& used, Request& request) const noexcept;

 private:
  std::size_t count_ = 0;
  std::string_view value_;
};

}  // namespace gatehouse::http
