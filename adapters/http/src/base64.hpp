// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Canonical base64 (RFC 4648, sections 3.5 and 4): one text per value, so that two spellings of a credential can never
/// be judged differently.
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace gatehouse::http {

/// Decodes all of `text` into `out` and returns the number of bytes. nullopt for anything that is not the one canonical
/// text (other alphabet, white space, missing or superfluous padding, bits behind the last byte) or that does not fit;
/// `out` may then hold a part.
[[nodiscard]] std::optional<std::size_t> decode_base64(std::string_view text, std::span<char> out) noexcept;

}  // namespace gatehouse::http
