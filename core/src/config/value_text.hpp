// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Numbers as an operator writes them. Each reader takes the whole text or nothing: no signs but '-', no spaces, no
/// leading zeros, nothing after the unit, no overflow. An Error says which form is wanted, without a place.
#include <cstdint>
#include <string>
#include <string_view>

#include <gatehouse/option.hpp>
#include <gatehouse/result.hpp>

namespace gatehouse::config {

/// The longest duration there is: far beyond any use, and safe to add to a clock.
inline constexpr std::int64_t max_duration_ms = std::int64_t{36'500} * 24 * 60 * 60 * 1000;

[[nodiscard]] Result<std::int64_t> parse_integer(std::string_view text);
/// "250ms", "5s", "10m", "2h", "1d" to milliseconds. A number without its unit is an error.
[[nodiscard]] Result<std::int64_t> parse_duration(std::string_view text);
/// "64KiB", "16MiB", "1GiB" or bytes.
[[nodiscard]] Result<std::int64_t> parse_size(std::string_view text);
[[nodiscard]] Result<bool> parse_boolean(std::string_view text);

/// A number in the form that its type is written in: 5000 of a duration is "5s".
[[nodiscard]] std::string written(OptionType type, std::int64_t number);

}  // namespace gatehouse::config
