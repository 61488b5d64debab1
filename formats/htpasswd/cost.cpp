// SPDX-License-Identifier: Apache-2.0
#include "cost.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace gatehouse::htpasswd {
namespace {

constexpr std::uint64_t kTooMuch = std::numeric_limits<std::uint64_t>::max();

/// Products of parameters that a stranger wrote: too large stays too large.
std::uint64_t times(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? kTooMuch : result;
}

std::uint64_t plus(std::uint64_t a, std::uint64_t b) noexcept {
  return a > kTooMuch - b ? kTooMuch : a + b;
}

/// The value of one character of crypt's alphabet ./0-9A-Za-z.
std::optional<std::uint32_t> digit64(char c) noexcept {
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a') + 38U;
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A') + 12U;
  if (c >= '.' && c <= '9') return static_cast<std::uint32_t>(c - '.');
  return std::nullopt;
}

std::optional<std::uint32_t> take_digit(std::string_view& text) noexcept {
  if (text.empty()) return std::nullopt;
  const auto value = digit64(text.front());
  text.remove_prefix(1);
  return value;
}

/// A number of yescrypt's parameters: the first character tells how many follow, values count from `minimum`.
std::optional<std::uint64_t> take_number(std::string_view& text, std::uint64_t minimum) noexcept {
  const auto first = take_digit(text);
  if (!first) return std::nullopt;
  std::uint64_t value = minimum;
  std::uint32_t start = 0;
  std::uint32_t end = 47;
  unsigned more = 0;
  while (*first > end) {
    value += std::uint64_t{end + 1 - start} << (6 * more);
    start = end + 1;
    end = start + (62 - end) / 2;
    ++more;
  }
  value += std::uint64_t{*first - start} << (6 * more);
  while (more > 0) {
    const auto next = take_digit(text);
    if (!next) return std::nullopt;
    --more;
    value += std::uint64_t{*next} << (6 * more);
  }
  return value;
}

/// Thirty bits in five characters, lowest first, as scrypt's parameters are written.
std::optional<std::uint64_t> take_thirty_bits(std::string_view& text) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 30; shift += 6) {
    const auto next = take_digit(text);
    if (!next) return std::nullopt;
    value |= std::uint64_t{*next} << shift;
  }
  return value;
}

}  // namespace

std::optional<Work> bcrypt_work(std::string_view digits) noexcept {
  if (digits.size() != 2 || digits[0] < '0' || digits[0] > '3' || digits[1] < '0' || digits[1] > '9') {
    return std::nullopt;
  }
  const auto cost = static_cast<unsigned>((digits[0] - '0') * 10 + (digits[1] - '0'));
  if (cost < 4 || cost > 31) return std::nullopt;
  return Work{1} << cost;
}

std::optional<Work> take_sha_crypt_rounds(std::string_view& text) noexcept {
  constexpr std::string_view kPrefix = "rounds=";
  if (!text.starts_with(kPrefix)) return Work{5000};
  const std::string_view number = text.substr(kPrefix.size(), text.find('$') - kPrefix.size());
  Work rounds = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rounds);
  if (error != std::errc{} || end != number.data() + number.size() || number.front() == '0' || rounds < 1000 ||
      rounds > 999'999'999 || kPrefix.size() + number.size() >= text.size()) {
    return std::nullopt;
  }
  text.remove_prefix(kPrefix.size() + number.size() + 1);
  return rounds;
}

std::optional<MemoryCost> yescrypt_cost(std::string_view text) noexcept {
  const auto flavor = take_number(text, 0);
  const auto n_log2 = take_number(text, 1);
  const auto r = take_number(text, 1);
  if (!flavor || !n_log2 || *n_log2 > 63 || !r) return std::nullopt;
  std::uint64_t p = 1;
  std::uint64_t t = 0;
  if (!text.empty() && text.front() != '$') {
    const auto have = take_number(text, 1);
    // 1: p follows, 2: t, 4: g (grow the hash), 8: a ROM, which this crypt() has not.
    if (!have || (*have & ~std::uint64_t{7}) != 0) return std::nullopt;
    std::optional<std::uint64_t> value;
    if ((*have & 1U) != 0) {
      if (!(value = take_number(text, 2))) return std::nullopt;
      p = *value;
    }
    if ((*have & 2U) != 0) {
      if (!(value = take_number(text, 1))) return std::nullopt;
      t = *value;
    }
    if ((*have & 4U) != 0) return std::nullopt;  // crypt() refuses it
  }
  if (text.empty() || text.front() != '$') return std::nullopt;
  text.remove_prefix(1);
  const std::uint64_t memory = times(times(std::uint64_t{1} << *n_log2, *r), 128);
  return MemoryCost{std::max(memory, times(times(*r, p), 128)), times(times(memory, p), plus(t, 1)), text};
}

std::optional<MemoryCost> scrypt_cost(std::string_view text) noexcept {
  const auto n_log2 = take_digit(text);
  const auto r = take_thirty_bits(text);
  const auto p = take_thirty_bits(text);
  if (!n_log2 || *n_log2 < 1 || !r || *r < 1 || !p || *p < 1) return std::nullopt;
  const std::uint64_t memory = times(times(std::uint64_t{1} << *n_log2, *r), 128);
  return MemoryCost{std::max(memory, times(times(*r, *p), 128)), times(memory, *p), text};
}

void Costs::add(Scheme scheme, Work work) noexcept {
  if (!is_usable(scheme)) return;
  Work& known = work_[static_cast<std::size_t>(scheme)];
  known = std::max(known, work);
}

}  // namespace gatehouse::htpasswd
