// SPDX-License-Identifier: Apache-2.0
#include "log/log_queue.hpp"

#include <algorithm>
#include <array>

#include "text/utf8.hpp"

namespace gatehouse::detail {
namespace {

constexpr std::size_t max_line = 1024;

void escape_byte(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += digits[byte >> 4U];
  out += digits[byte & 15U];
}

/// C1 controls and the characters that reorder or hide text on a terminal.
bool is_deceptive(std::string_view sequence) noexcept {
  if (sequence.size() == 2 && sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0) return true;
  constexpr std::array<std::string_view, 18> listed = {
      "\xE2\x80\x8B", "\xE2\x80\x8C", "\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xA8",
      "\xE2\x80\xA9", "\xE2\x80\xAA", "\xE2\x80\xAB", "\xE2\x80\xAC", "\xE2\x80\xAD", "\xE2\x80\xAE",
      "\xE2\x81\xA0", "\xE2\x81\xA6", "\xE2\x81\xA7", "\xE2\x81\xA8", "\xE2\x81\xA9", "\xEF\xBB\xBF"};
  return std::find(listed.begin(), listed.end(), sequence) != listed.end();
}

}  // namespace

std::string log_safe(std::string_view text) {
  std::string out;
  out.reserve(std::min(text.size(), max_line) + 16);
  for (std::size_t i = 0; i < text.size();) {
    if (out.size() >= max_line) {
      out += "...";
      break;
    }
    std::size_t length = 1;
    while (length < 4 && i + length < text.size() && (static_cast<unsigned char>(text[i + length]) & 0xC0U) == 0x80) {
      ++length;
    }
    const std::string_view sequence = text.substr(i, length);
    if (!text::is_utf8(sequence) || text::has_control(sequence) || is_deceptive(sequence)) {
      for (const char c : sequence) escape_byte(out, c);
    } else {
      out += sequence;
    }
    i += length;
  }
  return out;
}

void LogQueue::add(LogLevel level, std::string_view text) noexcept {
  if (!sink_) return;
  try {
    {
      const std::lock_guard lock(mutex_);
      if (level < level_) return;
      if (lines_.size() >= capacity) {
        ++dropped_;
        return;
      }
      lines_.emplace_back(level, log_safe(text));
    }
    if (notify_) notify_();
  } catch (...) {
    // Out of memory: the line is lost, the decision it speaks of is not.
    const std::lock_guard lock(mutex_);
    ++dropped_;
  }
}

void LogQueue::add_limited(LogLevel level, std::string_view text, SteadyTime now) noexcept {
  if (!sink_) return;
  std::uint64_t left_out = 0;
  {
    const std::lock_guard lock(limit_);
    if (now - second_ >= std::chrono::seconds(1)) {
      left_out = this_second_ > per_second ? this_second_ - per_second : 0;
      second_ = now;
      this_second_ = 0;
    }
    ++this_second_;
    if (this_second_ > per_second) return;
  }
  if (left_out > 0) {
    try {
      add(level, std::to_string(left_out) + " more refusals were not written one by one");
    } catch (...) {
      return;
    }
  }
  add(level, text);
}

void LogQueue::deliver() noexcept {
  if (!sink_) return;
  // Again while there is something: who comes in vain while another delivers leaves his line to that one.
  do {
    const std::unique_lock delivering(delivery_, std::try_to_lock);
    if (!delivering || !deliver_all()) return;
  } while (!is_empty());
}

bool LogQueue::deliver_all() noexcept {
  try {
    for (;;) {
      std::deque<std::pair<LogLevel, std::string>> lines;
      std::uint64_t dropped = 0;
      {
        const std::lock_guard lock(mutex_);
        lines.swap(lines_);
        std::swap(dropped, dropped_);
      }
      if (lines.empty() && dropped == 0) return true;
      for (const auto& [level, line] : lines) sink_(level, line);
      if (dropped > 0) sink_(LogLevel::warning, std::to_string(dropped) + " log lines were dropped: too many at once");
    }
  } catch (...) {
    // A host's sink that throws loses its lines; the engine goes on.
    return false;
  }
}

bool LogQueue::is_empty() noexcept {
  const std::lock_guard lock(mutex_);
  return lines_.empty() && dropped_ == 0;
}

void LogQueue::hold_level(std::uint64_t number, LogLevel level) {
  const std::lock_guard lock(mutex_);
  levels_[number] = level;
  level_ = levels_.rbegin()->second;
}

void LogQueue::drop_level(std::uint64_t number) noexcept {
  const std::lock_guard lock(mutex_);
  levels_.erase(number);
  level_ = levels_.empty() ? first_level_ : levels_.rbegin()->second;
}

}  // namespace gatehouse::detail
