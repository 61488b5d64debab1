// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "audit/sink.hpp"

namespace gatehouse::detail {
namespace {

constexpr std::size_t batch_size = 65'536;
constexpr std::chrono::seconds between_tries{1};
/// Who rotates renames first and makes the new file then; who deletes makes none.
constexpr std::chrono::seconds patience_with_missing{5};

int open_for_append(const std::string& path, bool make) noexcept {
  const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (make ? O_CREAT : 0);
  return ::open(path.c_str(), flags, 0640);
}

/// A mistake in the configuration, and not a machine in trouble.
bool is_mistake(int error) noexcept {
  return error == ENOENT || error == ENOTDIR || error == EISDIR || error == EACCES || error == EPERM ||
         error == ELOOP || error == ENAMETOOLONG;
}

std::string message_of(int error) {
  return std::error_code(error, std::generic_category()).message();
}

/// A pipe whose reader has gone must not end the host by a signal.
class NoPipeSignal {
 public:
  explicit NoPipeSignal(bool regular) : regular_(regular) {
    if (regular_) return;
    sigset_t waiting;
    sigemptyset(&waiting);
    sigpending(&waiting);
    was_waiting_ = sigismember(&waiting, SIGPIPE) == 1;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    if (regular_) return;
    const int error = errno;
    const timespec at_once = {0, 0};
    if (error == EPIPE && !was_waiting_) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  const bool regular_;
  bool was_waiting_ = false;
  sigset_t pipe_{};
  sigset_t before_{};
};

class FileSink final : public AuditSink {
 public:
  FileSink(std::string path, int file, int error) : path_(std::move(path)), error_(error) { take(file); }
  ~FileSink() override { drop(); }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  std::size_t write(std::span<const std::string> lines, SteadyTime now) noexcept override {
    follow(now);
    if (file_ < 0) return 0;
    std::size_t written = 0;
    while (written < lines.size()) {
      const std::size_t more = write_some(lines.subspan(written));
      if (more == 0) break;
      written += more;
    }
    if (written == lines.size()) error_ = 0;
    return written;
  }

  void reopen() noexcept override {
    const int file = open_for_append(path_, true);
    if (file < 0) {
      error_ = errno;
      return;
    }
    drop();
    take(file);
  }

  std::string fault() const override { return error_ == 0 ? "" : path_ + ": " + message_of(error_); }

 private:
  /// The next few lines in one call. Returns how many of them are whole in the file.
  std::size_t write_some(std::span<const std::string> lines) noexcept {
    try {
      std::size_t taken = 0;
      buffer_.assign(torn_ ? "\n" : "");
      while (taken < lines.size() && (taken == 0 || (regular_ && buffer_.size() < batch_size))) {
        buffer_.append(lines[taken++]).append("\n");
      }
      const ssize_t size = write_buffer();
      if (size <= 0) {
        error_ = size < 0 ? errno : EIO;
        return 0;
      }
      if (static_cast<std::size_t>(size) == buffer_.size()) {
        torn_ = false;
        return taken;
      }
      // Cut: what a full disk took. The next write begins with a line end, so that a line is one record, or none.
      error_ = ENOSPC;
      const auto end = buffer_.begin() + size;
      const auto ends = static_cast<std::size_t>(std::count(buffer_.begin(), end, '\n'));
      const std::size_t whole = ends - (torn_ && ends > 0 ? 1 : 0);
      torn_ = *(end - 1) != '\n';
      return whole;
    } catch (...) {
      error_ = ENOMEM;
      return 0;
    }
  }

  [[nodiscard]] ssize_t write_buffer() const noexcept {
    const NoPipeSignal none(regular_);
    for (;;) {
      const ssize_t size = ::write(file_, buffer_.data(), buffer_.size());
      if (size >= 0 || errno != EINTR) return size;
    }
  }

  /// Goes where the name is now.
  void follow(SteadyTime now) noexcept {
    if (file_ < 0) {
      if (now - last_try_ < between_tries) return;
      last_try_ = now;
      return reopen();
    }
    struct stat named = {};
    if (::stat(path_.c_str(), &named) == 0) {
      missing_since_ = {};
      if (named.st_dev == device_ && named.st_ino == inode_) return;
      const int file = open_for_append(path_, false);
      if (file < 0) return;
      drop();
      take(file);
      return;
    }
    if (errno != ENOENT) return;
    if (missing_since_ == SteadyTime{}) missing_since_ = now;
    if (now - missing_since_ < patience_with_missing) return;
    missing_since_ = now;
    reopen();
  }

  void take(int file) noexcept {
    file_ = file;
    torn_ = false;
    struct stat about = {};
    if (file_ < 0 || ::fstat(file_, &about) != 0) return;
    regular_ = S_ISREG(about.st_mode);
    device_ = about.st_dev;
    inode_ = about.st_ino;
  }
  void drop() noexcept {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
  }

  const std::string path_;
  int file_ = -1;
  int error_ = 0;
  bool regular_ = false;
  bool torn_ = false;
  dev_t device_{};
  ino_t inode_{};
  SteadyTime last_try_{};
  SteadyTime missing_since_{};
  std::string buffer_;
};

std::string cannot_be_opened(const std::string& path, int error) {
  return "[log] sink " + path + ": cannot be opened for writing: " + message_of(error);
}

}  // namespace

std::string file_sink_fault(const std::string& path) {
  struct stat about = {};
  if (::stat(path.c_str(), &about) == 0) {
    if (S_ISDIR(about.st_mode)) return cannot_be_opened(path, EISDIR);
    return ::access(path.c_str(), W_OK) == 0 || !is_mistake(errno) ? "" : cannot_be_opened(path, errno);
  }
  const std::string folder = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
  return ::access(folder.c_str(), W_OK | X_OK) == 0 || !is_mistake(errno) ? "" : cannot_be_opened(path, errno);
}

Result<std::unique_ptr<AuditSink>> open_file_sink(const std::string& path) {
  const int file = open_for_append(path, true);
  const int error = file < 0 ? errno : 0;
  if (file < 0 && is_mistake(error)) {
    return Error{cannot_be_opened(path, error)};
  }
  return std::unique_ptr<AuditSink>(std::make_unique<FileSink>(path, file, error));
}

}  // namespace gatehouse::detail
