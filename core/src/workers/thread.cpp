// SPDX-License-Identifier: Apache-2.0
#include "workers/thread.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace gatehouse::detail {
namespace {

constexpr int low_priority_nice = 10;

/// Blocks every signal while it lives, so that a thread made meanwhile inherits that.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

std::thread start_thread(const std::string& name, Priority priority, std::function<void()> body) {
  const SignalsBlocked blocked;
  return std::thread([name = name.substr(0, 15), priority, body = std::move(body)] {
    pthread_setname_np(pthread_self(), name.c_str());
    if (priority == Priority::low) {
      setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), low_priority_nice);
    }
    body();
  });
}

}  // namespace gatehouse::detail
