// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Between the strings of C and those of C++.
#include <string_view>

#include <gatehouse/types.h>

namespace gatehouse::http {

[[nodiscard]] inline std::string_view view(gatehouse_str text) noexcept {
  return text.data == nullptr ? std::string_view{} : std::string_view(text.data, text.size);
}
[[nodiscard]] inline gatehouse_str lend(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

}  // namespace gatehouse::http
