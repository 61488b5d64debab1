// SPDX-License-Identifier: Apache-2.0
#include "admin_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <string_view>
#include <system_error>

#include <gatehouse/result.hpp>

#include "commands.hpp"
#include "exit_codes.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

constexpr std::size_t longest_reply = 16 << 20;
/// A reload waits for backends to start, and for their files and servers.
constexpr std::chrono::seconds longest_wait{120};

Error problem(const std::string& address) {
  return Error{"cannot ask " + address + ": " + std::error_code(errno, std::generic_category()).message() +
               "; is gatehouse serve running with --admin " + address + "?"};
}

/// Waits until there is something to read, or the time is over.
bool is_readable(int fd, std::chrono::steady_clock::time_point end) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{fd, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

/// The whole answer; the other end closes after it.
Result<std::string> ask(const std::string& address, std::string_view request) {
  constexpr std::string_view scheme = "unix:";
  const std::string path = address.starts_with(scheme) ? address.substr(scheme.size()) : "";
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof name.sun_path) {
    return Error{"--admin " + address + ": commands go to a unix socket, unix:PATH"};
  }
  std::copy(path.begin(), path.end(), std::begin(name.sun_path));
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    const Error error = problem(address);
    if (fd >= 0) close(fd);
    return error;
  }
  while (!request.empty()) {
    const ssize_t sent = send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) break;  // the answer says why
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string reply;
  std::array<char, 4096> piece{};
  const auto end = std::chrono::steady_clock::now() + longest_wait;
  while (reply.size() < longest_reply) {
    if (!is_readable(fd, end)) {
      close(fd);
      return Error{address + " does not answer within two minutes; what was asked for may still be done"};
    }
    const ssize_t got = read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    reply.append(piece.data(), static_cast<std::size_t>(got));
  }
  close(fd);
  return reply;
}

}  // namespace

int admin_command(const std::string& address, const std::string& target) {
  auto reply =
      ask(address, "POST " + target + " HTTP/1.1\r\nHost: gatehouse\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  if (!reply) {
    print_error(reply.error().message);
    return exit_usage;
  }
  const std::size_t end = reply->find("\r\n\r\n");
  if (!reply->starts_with("HTTP/1.1 ") || end == std::string::npos) {
    print_error("what answers on " + address + " is not gatehouse's admin listener");
    return exit_usage;
  }
  std::string_view text = std::string_view(*reply).substr(end + 4);
  if (reply->compare(9, 3, "200") != 0) {
    print_error(text);
    return exit_failed;
  }
  while (!text.empty()) {
    const std::size_t line = text.find('\n');
    std::cout << printable(text.substr(0, line)) << '\n';
    text.remove_prefix(line == std::string_view::npos ? text.size() : line + 1);
  }
  std::cout.flush();
  return exit_ok;
}

}  // namespace gatehouse::cli
