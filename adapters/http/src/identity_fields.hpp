// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The identity's values, written into memory of fixed size, below both the C++ and the C interface.
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <gatehouse/http.hpp>

#include "identity_view.hpp"

namespace gatehouse::http {

inline constexpr std::size_t max_fields = 4;

struct Fields {
  std::array<std::pair<std::string_view, std::string_view>, max_fields>
      items;  ///< borrow from the names and the memory
  std::size_t count = 0;
};

/// nullopt if the subject is empty, or if the fields are over IdentityHeaders::max_size or over `memory`.
[[nodiscard]] std::optional<Fields> write_fields(const IdentityHeaders::Names& names, const IdentityView& identity,
                                                 std::span<char> memory) noexcept;

}  // namespace gatehouse::http
