// SPDX-License-Identifier: Apache-2.0
#include "admin_socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>

#include "environment.hpp"

namespace gatehouse::cli {
namespace {

constexpr int backlog = 64;

Error problem(const std::string& address, const std::string& what) {
  return Error{"admin " + address + ": " + what};
}

std::string errno_text() {
  return std::error_code(errno, std::generic_category()).message();
}

int option(int fd, int name) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.front() != '/' || path.size() >= sizeof address.sun_path) return std::nullopt;
  std::copy(path.begin(), path.end(), std::begin(address.sun_path));
  return address;
}

/// Whether the file is a socket that nobody listens on any more.
bool is_left_over(const sockaddr_un& address) {
  struct stat about {};
  if (lstat(address.sun_path, &about) != 0 || !S_ISSOCK(about.st_mode)) return false;
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool refused =
      connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno == ECONNREFUSED;
  close(probe);
  return refused;
}

/// HOST:PORT or [V6]:PORT.
std::optional<std::pair<std::string, std::string>> host_and_port(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  std::string host = text.substr(0, colon);
  const std::string port = text.substr(colon + 1);
  const auto value = number<unsigned>(port);
  if (!value || *value > 65535) return std::nullopt;
  const bool bracketed = host.front() == '[' && host.back() == ']';
  if (!bracketed && host.find(':') != std::string::npos) return std::nullopt;
  if (bracketed) host = host.substr(1, host.size() - 2);
  return std::pair(host, port);
}

std::string text_of(int fd) {
  sockaddr_storage address = {};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (getsockname(fd, plain, &size) != 0) return "?";
  if (address.ss_family == AF_UNIX) return std::string("unix:") + reinterpret_cast<sockaddr_un*>(&address)->sun_path;
  if (getnameinfo(plain, size, host.data(), host.size(), port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) !=
      0) {
    return "?";
  }
  const std::string name(host.data());
  return (address.ss_family == AF_INET6 ? "[" + name + "]" : name) + ":" + port.data();
}

}  // namespace

Result<void> check_admin_address(const std::string& address) {
  if (address.starts_with("fd:")) {
    const auto fd = number<int>(address.substr(3));
    if (!fd || *fd < 3) return problem(address, "expected the number of an open descriptor, 3 or more");
  } else if (address.starts_with("unix:")) {
    if (!unix_address(address.substr(5))) {
      return problem(address, "a unix socket needs an absolute path of at most 107 bytes");
    }
  } else if (!host_and_port(address)) {
    return problem(address, "expected ADDRESS:PORT, [IPV6]:PORT or unix:PATH");
  }
  return {};
}

AdminSocket::~AdminSocket() {
  if (fd_ >= 0) close(fd_);
  if (!path_.empty()) unlink(path_.c_str());
}

Result<AdminSocket> AdminSocket::listen(const std::string& address) {
  if (auto form = check_admin_address(address); !form) return form.error();
  AdminSocket made;
  if (address.starts_with("fd:")) {
    const auto fd = number<int>(address.substr(3));
    if (option(*fd, SO_ACCEPTCONN) != 1 || option(*fd, SO_TYPE) != SOCK_STREAM) {
      return problem(address, "this is not a stream socket that listens");
    }
    made.fd_ = *fd;
    made.local_ = option(*fd, SO_DOMAIN) == AF_UNIX;
    made.address_ = text_of(*fd);
    return made;
  }
  if (address.starts_with("unix:")) {
    const std::string path = address.substr(5);
    const auto name = unix_address(path);
    if (is_left_over(*name)) unlink(path.c_str());
    made.fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    made.local_ = true;
    // Before it has a name: there is no moment in which others may connect.
    if (made.fd_ < 0 || fchmod(made.fd_, 0600) != 0 ||
        bind(made.fd_, reinterpret_cast<const sockaddr*>(&*name), sizeof *name) != 0) {
      return problem(address, errno_text());
    }
    made.path_ = path;
    struct stat about {};
    if (lstat(path.c_str(), &about) != 0 || (about.st_mode & 0077U) != 0) {
      return problem(address, "the socket would be open to others on this file system");
    }
  } else {
    const auto target = host_and_port(address);
    addrinfo hints = {};
    hints.ai_flags = AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int code = getaddrinfo(target->first.c_str(), target->second.c_str(), &hints, &found); code != 0) {
      return problem(address, gai_strerror(code));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
    made.fd_ = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    if (made.fd_ < 0 || setsockopt(made.fd_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(made.fd_, found->ai_addr, found->ai_addrlen) != 0) {
      return problem(address, errno_text());
    }
  }
  if (::listen(made.fd_, backlog) != 0) return problem(address, errno_text());
  made.address_ = text_of(made.fd_);
  return made;
}

bool is_trusted_peer(int connection) noexcept {
  ucred peer = {};
  socklen_t size = sizeof peer;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == geteuid();
}

}  // namespace gatehouse::cli
