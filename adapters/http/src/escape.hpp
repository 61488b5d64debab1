// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Text that is not ours, made harmless for the place where it goes.
#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::http {

/// Printable UTF-8 of at most `max_size` bytes, cut between characters: controls (C0, DEL, C1), line separators and
/// direction overrides are dropped, bytes that are no UTF-8 become '?'.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_size);

/// For HTML text and for attributes in double quotes.
void append_html(std::string& out, std::string_view text);

/// A JSON string with its quotes. `text` must be valid UTF-8.
void append_json(std::string& out, std::string_view text);

/// A quoted-string (RFC 9110, 5.6.4) with its quotes. `text` must hold no control characters.
void append_quoted(std::string& out, std::string_view text);

}  // namespace gatehouse::http
