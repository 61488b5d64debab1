// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Host names as rules compare them.
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::http {

/// A Host field without port and closing dot, in lower case; an IPv6 address in the one way that RFC 5952 writes it.
class RuleHost {
 public:
  /// nullopt: not a host.
  [[nodiscard]] static std::optional<RuleHost> read(std::string_view text) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 256> text_{};
  std::size_t size_ = 0;
};

/// `pattern` as a rule holds it: a name in lower case, or "*." and a suffix, which stands for one or more labels
/// before.
[[nodiscard]] bool host_matches(std::string_view pattern, std::string_view host) noexcept;

/// A host of a rule as written, checked and in lower case. nullopt: none that a Host field could bring.
[[nodiscard]] std::optional<std::string> read_rule_host(std::string_view text);

}  // namespace gatehouse::http
