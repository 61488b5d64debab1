// SPDX-License-Identifier: Apache-2.0
#include "config/value_text.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "config/words.hpp"

namespace gatehouse::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 3> size_units{{{"GiB", 1LL << 30}, {"MiB", 1LL << 20}, {"KiB", 1LL << 10}}};

enum class Fault { none, form, range };

struct Number {
  std::int64_t value = 0;
  std::string_view rest;
  Fault fault = Fault::form;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The whole number at the start of `text`.
Number leading_number(std::string_view text) {
  std::size_t end = !text.empty() && text.front() == '-' ? 1 : 0;
  const std::size_t first_digit = end;
  while (end < text.size() && is_digit(text[end])) ++end;
  Number number;
  number.rest = text.substr(end);
  if (end == first_digit || (text[first_digit] == '0' && end - first_digit > 1)) return number;
  const auto parsed = std::from_chars(text.data(), text.data() + end, number.value);
  number.fault = parsed.ec == std::errc() ? Fault::none : Fault::range;
  return number;
}

Error too_large(std::string_view text) {
  return Error{in_quotes(text) + " is out of range"};
}

template <std::size_t Count>
std::optional<std::int64_t> factor_of(const std::array<Unit, Count>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

Result<std::int64_t> scaled(std::string_view text, std::int64_t value, std::int64_t factor, std::int64_t most) {
  if (value > most / factor || value < -most / factor) return too_large(text);
  return value * factor;
}

}  // namespace

Result<std::int64_t> parse_integer(std::string_view text) {
  const Number number = leading_number(text);
  if (number.fault == Fault::range) return too_large(text);
  if (number.fault == Fault::form || !number.rest.empty()) return Error{in_quotes(text) + " is not a whole number"};
  return number.value;
}

Result<std::int64_t> parse_duration(std::string_view text) {
  const Number number = leading_number(text);
  if (number.fault == Fault::range) return too_large(text);
  if (number.fault == Fault::none && number.rest.empty()) {
    return Error{in_quotes(text) + " has no unit; write \"" + std::string(text) +
                 "s\" for seconds (units: ms, s, m, h, d)"};
  }
  const auto factor = factor_of(duration_units, number.rest);
  if (number.fault == Fault::form || !factor) {
    return Error{in_quotes(text) + " is not a duration; write it as \"250ms\", \"5s\", \"10m\", \"2h\" or \"1d\""};
  }
  return scaled(text, number.value, *factor, max_duration_ms);
}

Result<std::int64_t> parse_size(std::string_view text) {
  const Number number = leading_number(text);
  if (number.fault == Fault::range) return too_large(text);
  const auto factor = number.rest.empty() ? std::optional<std::int64_t>(1) : factor_of(size_units, number.rest);
  if (number.fault == Fault::form || !factor) {
    return Error{in_quotes(text) + " is not a size; write it as \"64KiB\", \"16MiB\", \"1GiB\" or a number of bytes"};
  }
  return scaled(text, number.value, *factor, std::numeric_limits<std::int64_t>::max());
}

Result<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return Error{in_quotes(text) + " is neither true nor false"};
}

std::string written(OptionType type, std::int64_t number) {
  const auto with_unit = [&](const auto& units, std::string_view base) {
    for (const Unit& unit : units) {
      if (number != 0 && number % unit.factor == 0)
        return std::to_string(number / unit.factor) + std::string(unit.name);
    }
    return std::to_string(number) + std::string(base);
  };
  if (type == OptionType::duration) return number == 0 ? "0s" : with_unit(duration_units, "ms");
  if (type == OptionType::size) return with_unit(size_units, "");
  return std::to_string(number);
}

}  // namespace gatehouse::config
