// SPDX-License-Identifier: Apache-2.0
// The only user of spdlog.
#include "log.hpp"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <gatehouse/output.hpp>
#include <memory>
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

/// Standard error as a FILE that never waits for whoever reads it: what nobody takes is lost, and counted.
class PatientFile {
 public:
  PatientFile() {
    if (auto output = system::Output::of(STDERR_FILENO)) output_ = *std::move(output);
    file_.reset(::fopencookie(this, "w", {.read = nullptr, .write = &write, .seek = nullptr, .close = nullptr}));
  }
  [[nodiscard]] FILE* file() const noexcept { return file_ ? file_.get() : stderr; }
  std::atomic<std::uint64_t> lost{0};

 private:
  static ssize_t write(void* self, const char* bytes, std::size_t size) noexcept {
    auto& here = *static_cast<PatientFile*>(self);
    if (!here.output_ || !here.output_->write({bytes, size})) ++here.lost;
    return static_cast<ssize_t>(size);
  }

  std::unique_ptr<system::Output> output_;
  std::unique_ptr<FILE, int (*)(FILE*)> file_{nullptr, &std::fclose};
};

struct Log::State {
  explicit State(spdlog::color_mode mode)
      : logger("gatehouse",
               std::make_shared<spdlog::sinks::ansicolor_sink<spdlog::details::console_mutex>>(file.file(), mode)) {}
  PatientFile file;       ///< before what writes to it
  spdlog::logger logger;  ///< takes every level
  std::atomic<LogLevel> lowest{LogLevel::info};
};

Log::Log() {
  const auto mode = colours(STDERR_FILENO) ? spdlog::color_mode::always : spdlog::color_mode::never;
  state_ = std::make_shared<State>(mode);
  state_->logger.set_level(spdlog::level::debug);
  state_->logger.flush_on(spdlog::level::debug);
  state_->logger.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v", spdlog::pattern_time_type::utc);
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view text) const noexcept {
  if (level < state_->lowest) return;
  try {
    if (const auto lost = state_->file.lost.exchange(0); lost > 0) {
      state_->logger.log(spdlog::level::warn, "{} lines of the log were lost: nobody read them", lost);
      if (state_->file.lost.load() > 0) state_->file.lost += lost - 1;
    }
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
