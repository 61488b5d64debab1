// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Between gatehouse_str and std::string_view.
#include <string_view>

#include <gatehouse/types.h>

namespace gatehouse::detail {

[[nodiscard]] inline std::string_view view(const gatehouse_str& text) noexcept {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

[[nodiscard]] inline gatehouse_str as_str(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

}  // namespace gatehouse::detail
