// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What one check of a stored hash costs, read from the hash itself and capped before it is ever computed.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "scheme.hpp"

namespace gatehouse::htpasswd {

/// Work in the unit of its scheme: bcrypt 2^cost, sha-crypt rounds, yescrypt and scrypt bytes of memory passed over;
/// 1 for the schemes of fixed cost.
using Work = std::uint64_t;

/// What is read from the parameters of a yescrypt or scrypt hash.
struct MemoryCost {
  std::uint64_t memory;   ///< bytes, of the larger of its two areas
  Work work;              ///< bytes passed over
  std::string_view rest;  ///< salt and hash, after the parameters
};

/// The work of "$2y$NN$...". nullopt if the two digits are not 04 to 31.
[[nodiscard]] std::optional<Work> bcrypt_work(std::string_view digits) noexcept;

/// The rounds of "rounds=N$...", which is removed from `text`; 5000 where it does not begin so. nullopt if N is not
/// what crypt() writes: 1000 to 999999999 without leading zeros.
[[nodiscard]] std::optional<Work> take_sha_crypt_rounds(std::string_view& text) noexcept;

/// From the text after "$y$" or "$gy$". nullopt if it is not in that form, or asks for what is not supported (ROM).
[[nodiscard]] std::optional<MemoryCost> yescrypt_cost(std::string_view text) noexcept;

/// From the text after "$7$".
[[nodiscard]] std::optional<MemoryCost> scrypt_cost(std::string_view text) noexcept;

/// The costliest hash of each scheme in a table: 0 = that scheme is absent.
class Costs {
 public:
  void add(Scheme scheme, Work work) noexcept;
  [[nodiscard]] Work of(Scheme scheme) const noexcept { return work_[static_cast<std::size_t>(scheme)]; }
  friend bool operator==(const Costs&, const Costs&) = default;

 private:
  std::array<Work, kSchemeCount> work_{};
};

}  // namespace gatehouse::htpasswd
