// SPDX-License-Identifier: Apache-2.0
#include "isolation/spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <vector>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GATEHOUSE_THREAD_SANITIZER
#endif
#elif defined(__SANITIZE_THREAD__)
#define GATEHOUSE_THREAD_SANITIZER
#endif
#ifdef GATEHOUSE_THREAD_SANITIZER
/// ThreadSanitizer takes every clone() for a fork(), after which no thread may be started; this name it does not know.
extern "C" int gatehouse_clone(int (*body)(void*), void* stack, int flags, void* argument, ...) __asm__("__clone");
#else
#define gatehouse_clone ::clone
#endif

namespace gatehouse::detail::isolation {
namespace {

std::string words(int error) {
  return std::error_code(error, std::generic_category()).message();
}

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  /// The socket first: it may itself have the number of a standard stream that was closed.
  [[nodiscard]] int fill(int socket) {
    int failed = ::posix_spawn_file_actions_adddup2(&actions_, socket, helper_socket);
    for (int stream = 0; stream < 3 && failed == 0; ++stream) {
      failed = ::posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_RDWR, 0);
    }
    return failed;
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class Attributes {
 public:
  Attributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

/// What the process in between is told, and what it found: it shares this memory.
struct Order {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const posix_spawn_file_actions_t* actions;
  const posix_spawnattr_t* attributes;
  int error;
  int process;
};

int in_between(void* given) {
  auto& order = *static_cast<Order*>(given);
  pid_t helper = 0;
  order.error =
      ::posix_spawn(&helper, order.program, order.actions, order.attributes, order.arguments, order.environment);
  // The helper is a child of this process, which does not wait for it: the number cannot have gone to another.
  if (order.error == 0) order.process = static_cast<int>(::syscall(SYS_pidfd_open, helper, 0));
  return 0;
}

/// A child that shares memory and descriptors, ends without a signal (0 instead of SIGCHLD) and is seen only by a wait
/// that asks for such children. While it lives this thread stands still, and no handler runs in it.
int run_in_between(Order& order) {
  constexpr std::size_t stack_size = std::size_t{256} * 1024;
  std::vector<char> stack(stack_size);
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const int child =
      gatehouse_clone(&in_between, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | CLONE_FILES, &order);
  const int failed = child < 0 ? errno : 0;
  if (child >= 0) {
    while (::waitpid(child, nullptr, static_cast<int>(__WCLONE)) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return failed;
}

}  // namespace

Result<Spawned> spawn(const std::string& program, const std::string& label) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Error{program + ": cannot be started: " + words(errno)};
  }
  Spawned spawned{Descriptor(ends[0]), Descriptor()};
  const Descriptor theirs(ends[1]);
  FileActions actions;
  const Attributes attributes;
  if (const int failed = actions.fill(theirs.number()); failed != 0) {
    return Error{program + ": cannot be started: " + words(failed)};
  }
  std::string name = "gatehouse-plugin-host";
  std::string argument = label;
  std::array<char*, 3> arguments = {name.data(), argument.data(), nullptr};
  std::array<char*, 1> environment = {nullptr};
  Order order{program.c_str(), arguments.data(), environment.data(), actions.get(), attributes.get(), 0, -1};
  int failed = run_in_between(order);
  if (failed == 0) failed = order.error;
  if (failed != 0) return Error{program + ": cannot be started: " + words(failed)};
  spawned.process = Descriptor(order.process);
  return spawned;
}

void end_process(const Descriptor& process) noexcept {
  if (!process) return;
  ::syscall(SYS_pidfd_send_signal, process.number(), SIGKILL, nullptr, 0);
  constexpr int longest_end_ms = 1'000;
  pollfd ended{process.number(), POLLIN, 0};
  static_cast<void>(::poll(&ended, 1, longest_end_ms));
  siginfo_t ignored{};
  constexpr idtype_t by_descriptor = P_PIDFD;
  ::waitid(by_descriptor, static_cast<id_t>(process.number()), &ignored, WEXITED | WNOHANG);
}

}  // namespace gatehouse::detail::isolation
