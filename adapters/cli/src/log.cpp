// SPDX-License-Identifier: Apache-2.0
// The only user of spdlog.
#include "log.hpp"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <utility>

#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

spdlog::level::level_enum as_spdlog(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

}  // namespace

struct Log::State {
  explicit State(std::shared_ptr<spdlog::sinks::sink> sink) : logger("gatehouse", std::move(sink)) {}
  spdlog::logger logger;  ///< takes every level
  std::atomic<LogLevel> lowest{LogLevel::info};
};

Log::Log() {
  const auto mode = colours(STDERR_FILENO) ? spdlog::color_mode::always : spdlog::color_mode::never;
  state_ = std::make_shared<State>(std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(mode));
  state_->logger.set_level(spdlog::level::debug);
  state_->logger.flush_on(spdlog::level::debug);
  state_->logger.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v", spdlog::pattern_time_type::utc);
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view text) const noexcept {
  if (level < state_->lowest) return;
  try {
    state_->logger.log(as_spdlog(level), printable(text));
  } catch (...) {
    return;  // out of memory: the line is lost
  }
}

void Log::audit(std::string_view line) const noexcept {
  try {
    state_->logger.log(spdlog::level::info, line);
  } catch (...) {
    return;  // out of memory: the line is lost
  }
}

void Log::set_level(LogLevel level) const noexcept {
  state_->lowest = level;
}

void Log::error(std::string_view text) const noexcept {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    write(LogLevel::error, text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::function<void(LogLevel, std::string_view)> Log::sink() const {
  return [log = *this](LogLevel level, std::string_view text) { log.write(level, text); };
}

}  // namespace gatehouse::cli
