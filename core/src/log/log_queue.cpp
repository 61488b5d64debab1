// SPDX-License-Identifier: Apache-2.0
#include "log/log_queue.hpp"

#include <algorithm>

#include "text/visible.hpp"

namespace gatehouse::detail {
namespace {

constexpr std::size_t max_line = 1024;

}  // namespace

std::string log_safe(std::string_view text) {
  std::string out;
  out.reserve(std::min(text.size(), max_line) + 16);
  while (!text.empty()) {
    if (out.size() >= max_line) {
      out += "...";
      break;
    }
    const text::Character next = text::first_character(text);
    if (next.kind == text::Character::Kind::plain) {
      out += next.bytes;
    } else {
      for (const char c : next.bytes) {
        out += "\\x";
        text::append_hex(out, c);
      }
    }
    text.remove_prefix(next.bytes.size());
  }
  return out;
}

void LogQueue::add(LogLevel level, std::string_view text) noexcept {
  if (!sink_) return;
  try {
    {
      const std::lock_guard lock(mutex_);
      if (level < level_) return;
      if (lines_.size() - audits_ >= capacity) {
        ++dropped_;
        return;
      }
      lines_.push_back({level, log_safe(text)});
    }
    if (notify_) notify_();
  } catch (...) {
    // Out of memory: the line is lost, the decision it speaks of is not.
    const std::lock_guard lock(mutex_);
    ++dropped_;
  }
}

bool LogQueue::add_audit(std::string_view text) noexcept {
  if (!sink_ && !audit_sink_) return false;
  try {
    {
      const std::lock_guard lock(mutex_);
      // Its own room: a flood of other lines pushes none of these out.
      if (audits_ >= capacity) return false;
      lines_.push_back({LogLevel::info, std::string(text), true});
      ++audits_;
    }
    if (notify_) notify_();
    return true;
  } catch (...) {
    return false;
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
  if (!sink_ && !audit_sink_) return;
  // Again while there is something: who comes in vain while another delivers leaves his line to that one.
  do {
    const std::unique_lock delivering(delivery_, std::try_to_lock);
    if (!delivering || !deliver_all()) return;
  } while (!is_empty());
}

bool LogQueue::deliver_all() noexcept {
  try {
    for (;;) {
      std::deque<Line> lines;
      std::uint64_t dropped = 0;
      {
        const std::lock_guard lock(mutex_);
        lines.swap(lines_);
        std::swap(dropped, dropped_);
        audits_ = 0;
      }
      if (lines.empty() && dropped == 0) return true;
      for (const Line& line : lines) {
        if (line.audit && audit_sink_) {
          audit_sink_(line.text);
        } else if (sink_) {
          sink_(line.level, line.text);
        }
      }
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
