// SPDX-License-Identifier: Apache-2.0
// gatehouse-plugin-host: runs one plugin for one backend, in a process of its own. The engine starts it and ends it.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <limits>

#include "isolation/spawn.hpp"
#include "station.hpp"

namespace {

using gatehouse::detail::isolation::helper_socket;

bool is_socket(int descriptor) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

void close_what_was_left_open() {
  constexpr auto first = static_cast<unsigned int>(helper_socket + 1);
  if (::syscall(SYS_close_range, first, std::numeric_limits<unsigned int>::max(), 0U) == 0) return;
  const long most = ::sysconf(_SC_OPEN_MAX);
  for (int descriptor = helper_socket + 1; descriptor < most; ++descriptor) ::close(descriptor);
}

/// No right is won here, and what is in memory, the secrets of the configuration among it, is written nowhere.
void put_on_the_chain() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::umask(077);
  // It ends with its engine, which may go on for a while after everybody was asked to end.
  for (const int ignored : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) static_cast<void>(::signal(ignored, SIG_IGN));
  static_cast<void>(!::chdir("/"));
}

}  // namespace

int main() {
  if (!is_socket(helper_socket)) {
    static_cast<void>(std::fputs(
        "gatehouse-plugin-host is started by Gatehouse itself, for a backend with isolate = true.\n", stderr));
    return 2;
  }
  ::fcntl(helper_socket, F_SETFD, FD_CLOEXEC);
  close_what_was_left_open();
  put_on_the_chain();
  gatehouse::detail::isolation::run_station(gatehouse::detail::isolation::Descriptor(helper_socket));
}
