// SPDX-License-Identifier: Apache-2.0
#include "config/problems.hpp"

#include <algorithm>
#include <array>

#include "config/words.hpp"

namespace gatehouse::config {
namespace {

constexpr std::size_t longest_word = 48;
constexpr std::size_t most_candidates = 256;
constexpr std::size_t short_list = 16;

/// '-' and '_', upper and lower case are the same to someone who misspells.
char folded(char c) {
  if (c == '-') return '_';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Letters to insert, delete, replace or swap with a neighbour to turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, longest_word + 1>;
  Row before_last{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = folded(a[i - 1]) == folded(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1])) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

void Problems::add(const Location& where, std::string_view text) {
  if (full()) {
    ++dropped_;
    return;
  }
  std::string message = printable(where.file);
  if (where.line > 0) message += ':' + std::to_string(where.line);
  if (!message.empty()) message += ": ";
  if (!where.key.empty()) message += printable(where.key) + ": ";
  messages_.push_back(message + printable(text, 4096));
}

Error Problems::to_error() const {
  std::string text;
  for (const auto& message : messages_) {
    if (!text.empty()) text += '\n';
    text += message;
  }
  if (dropped_ > 0) text += "\nand " + std::to_string(dropped_) + " more";
  return Error{std::move(text)};
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  if (known.empty()) return {};
  if (!word.empty() && word.size() <= longest_word) {
    const std::size_t tolerated = std::clamp<std::size_t>(word.size() / 3, 1, 3);
    std::size_t best = tolerated + 1;
    const std::string* closest = nullptr;
    for (std::size_t i = 0; i < std::min(known.size(), most_candidates); ++i) {
      // A candidate as short as the tolerated distance would be close to anything.
      if (known[i].size() > longest_word || known[i].size() <= tolerated) continue;
      const std::size_t distance = edit_distance(word, known[i]);
      if (distance < best) {
        best = distance;
        closest = &known[i];
      }
    }
    if (closest != nullptr) return "; did you mean " + in_quotes(*closest) + "?";
  }
  return known.size() <= short_list ? "; there is: " + joined(known) : std::string();
}

}  // namespace gatehouse::config
