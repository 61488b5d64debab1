// SPDX-License-Identifier: Apache-2.0
#include "passed_sockets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

#include "environment.hpp"

namespace gatehouse::cli {
namespace {

constexpr int first_socket = 3;
constexpr int most_sockets = 64;

/// Null: nothing has that name.
std::vector<std::string>* list_of(PassedSockets& passed, std::string_view name) {
  if (name == "admin") return &passed.admin;
  if (name == "forward_auth") return &passed.forward_auth;
  // Who gives no name gets the unit's, and "unknown" from service managers that know no names.
  const bool is_door = name.empty() || name == "proxy" || name == "unknown" || name.ends_with(".socket");
  return is_door ? &passed.door : nullptr;
}

}  // namespace

Result<PassedSockets> take_passed_sockets() {
  const std::string pid = take_variable("LISTEN_PID");
  const std::string count_text = take_variable("LISTEN_FDS");
  const std::string names_text = take_variable("LISTEN_FDNAMES");
  PassedSockets passed;
  if (pid.empty() || number<pid_t>(pid) != getpid()) return passed;
  const auto count = number<int>(count_text);
  if (!count || *count < 0 || *count > most_sockets) {
    return Error{"LISTEN_FDS: expected a number from 0 to " + std::to_string(most_sockets)};
  }
  std::string_view names = names_text;
  for (int fd = first_socket; fd < first_socket + *count; ++fd) {
    const std::size_t end = names.find(':');
    const std::string_view name = names.substr(0, end);
    names.remove_prefix(end == std::string_view::npos ? names.size() : end + 1);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
      return Error{"LISTEN_FDS: descriptor " + std::to_string(fd) + " is not open"};
    auto* const list = list_of(passed, name);
    if (list == nullptr) {
      return Error{"LISTEN_FDNAMES: \"" + std::string(name) +
                   "\": a socket is for proxy, forward_auth or admin; write FileDescriptorName= in its unit"};
    }
    list->push_back("fd:" + std::to_string(fd));
  }
  if (passed.forward_auth.size() > 1 || passed.admin.size() > 1) {
    return Error{"LISTEN_FDNAMES: forward_auth and admin have one socket each"};
  }
  return passed;
}

}  // namespace gatehouse::cli
