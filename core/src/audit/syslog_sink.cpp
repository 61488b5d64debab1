// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

#include "audit/sink.hpp"

namespace gatehouse::detail {
namespace {

/// authpriv.info, as in <syslog.h>.
constexpr int priority = 10 * 8 + 6;

class SyslogSink final : public AuditSink {
 public:
  explicit SyslogSink(std::string socket) : path_(std::move(socket)) {}
  ~SyslogSink() override { reopen(); }
  SyslogSink(const SyslogSink&) = delete;
  SyslogSink& operator=(const SyslogSink&) = delete;

  std::size_t write(std::span<const std::string> lines, SteadyTime /*now*/) noexcept override {
    std::size_t written = 0;
    for (const std::string& line : lines) {
      // Once more after the daemon was started anew, which makes another socket.
      if (!send(line) && (error_ == EAGAIN || error_ == ENOBUFS || !renew() || !send(line))) return written;
      ++written;
    }
    error_ = 0;
    return written;
  }

  void reopen() noexcept override {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  std::string fault() const override {
    return error_ == 0 ? "" : path_ + ": " + std::error_code(error_, std::generic_category()).message();
  }

 private:
  bool renew() noexcept {
    reopen();
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) {
      error_ = ENAMETOOLONG;
      return false;
    }
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ >= 0 && ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      return true;
    error_ = errno;
    reopen();
    return false;
  }

  bool send(const std::string& line) noexcept {
    try {
      if (socket_ < 0 && !renew()) return false;
      const std::time_t now = std::time(nullptr);
      std::tm parts{};
      char when[32] = "";
      if (::localtime_r(&now, &parts) != nullptr) std::strftime(when, sizeof when, "%b %e %H:%M:%S", &parts);
      const std::string text =
          "<" + std::to_string(priority) + ">" + when + " gatehouse[" + std::to_string(::getpid()) + "]: " + line;
      if (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) >= 0) return true;
      error_ = errno;
    } catch (...) {
      error_ = ENOMEM;
    }
    return false;
  }

  const std::string path_;
  int socket_ = -1;
  int error_ = 0;
};

class LogSink final : public AuditSink {
 public:
  explicit LogSink(LogQueue& log) : log_(log) {}
  std::size_t write(std::span<const std::string> lines, SteadyTime /*now*/) noexcept override {
    std::size_t written = 0;
    while (written < lines.size() && log_.add_audit(lines[written])) ++written;
    return written;
  }
  std::string fault() const override { return {}; }

 private:
  LogQueue& log_;
};

}  // namespace

std::unique_ptr<AuditSink> make_syslog_sink(std::string socket) {
  return std::make_unique<SyslogSink>(std::move(socket));
}

std::unique_ptr<AuditSink> make_log_sink(LogQueue& log) {
  return std::make_unique<LogSink>(log);
}

}  // namespace gatehouse::detail
