// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is special about a terminal: colour, and questions whose answer is not shown.
#include <string>
#include <string_view>

#include <gatehouse/result.hpp>

#include "secret.hpp"

namespace gatehouse::cli {

enum class Colour { none, green, yellow, red, bold };

/// Whether text for file descriptor `fd` may be coloured: it is a terminal that knows colours, and NO_COLOR is unset
/// or empty.
[[nodiscard]] bool colours(int fd);

/// `text`, coloured if `wanted`.
[[nodiscard]] std::string paint(std::string_view text, Colour colour, bool wanted);

/// `text` on one line, as it may be shown: control characters, broken UTF-8 and characters that reorder text are
/// written as \xNN.
[[nodiscard]] std::string printable(std::string_view text);

/// Asks on the controlling terminal, without echo. The Error says what to do when there is none.
[[nodiscard]] Result<Secret> ask_password(const std::string& question);

/// The Error of a password that is longer than any that is taken anywhere.
inline constexpr std::string_view password_too_long = "the password is longer than 4096 bytes";
static_assert(max_password_size == 4096);

/// The first line of `fd`, without its end.
[[nodiscard]] Result<Secret> read_password_line(int fd);

}  // namespace gatehouse::cli
