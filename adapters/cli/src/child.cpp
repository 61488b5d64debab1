// SPDX-License-Identifier: Apache-2.0
#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

namespace gatehouse::cli {
namespace {

constexpr std::size_t longest_line = std::size_t{8} * 1024;

Error system_error(const char* what) {
  return Error{std::string(what) + ": " + std::error_code(errno, std::generic_category()).message()};
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }
  void reset() noexcept {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

/// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(const char* program, char* const* argv, int report, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (report == report_fd) {
    if (fcntl(report, F_SETFD, 0) < 0) _exit(127);
  } else if (dup2(report, report_fd) < 0) {
    _exit(127);
  }
  if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0) _exit(127);
  execv(program, argv);
  _exit(127);
}

class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}
  void add(std::string_view text) {
    for (const char c : text) {
      if (c == '\n') {
        finish();
      } else if (line_.size() < longest_line) {
        line_ += c;
      }
    }
  }
  void finish() {
    if (!line_.empty()) on_line_(line_);
    line_.clear();
  }

 private:
  const std::function<void(std::string_view)>& on_line_;
  std::string line_;
};

int milliseconds_until(std::chrono::steady_clock::time_point when) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

/// Until the child closes the pipe and has ended, or the deadline.
bool follow(int pipe, int process, std::chrono::steady_clock::time_point deadline, Lines& lines) {
  std::array<pollfd, 2> ready = {{{pipe, POLLIN, 0}, {process, POLLIN, 0}}};
  for (;;) {
    const int count = poll(ready.data(), ready.size(), milliseconds_until(deadline));
    if (count < 0 && errno != EINTR) return false;
    // An orphan that never stops reporting does not push the deadline away.
    if (count == 0 || std::chrono::steady_clock::now() >= deadline) return false;
    if (count < 0) continue;
    if (ready[0].revents != 0) {
      std::array<char, 4096> buffer{};
      const ssize_t got = read(pipe, buffer.data(), buffer.size());
      if (got > 0) {
        lines.add({buffer.data(), static_cast<std::size_t>(got)});
        continue;
      }
      ready[0].fd = -1;
    }
    // A grandchild may hold the pipe open: the end of the child itself counts.
    if (ready[1].revents != 0) return true;
  }
}

}  // namespace

Result<ChildEnd> run_child(const std::string& program, const std::vector<std::string>& arguments,
                           std::chrono::milliseconds deadline, const std::function<void(std::string_view)>& on_line) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe");
  Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const auto end = std::chrono::steady_clock::now() + deadline;
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return system_error("fork");
  if (child == 0) become(program.c_str(), argv.data(), to.get(), parent);
  to.reset();
  Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  Lines lines(on_line);
  const bool ended = process.get() >= 0 && follow(from.get(), process.get(), end, lines);
  if (!ended) kill(child, SIGKILL);
  lines.finish();
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return system_error("waitpid");
  }
  if (process.get() < 0) return Error{"this kernel is too old to watch a process (pidfd_open)"};
  ChildEnd result;
  result.timed_out = !ended;
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  return result;
}

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : std::string("SIG") + name;
}

}  // namespace gatehouse::cli
