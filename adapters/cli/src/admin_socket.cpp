// SPDX-License-Identifier: Apache-2.0
#include "admin_socket.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>

#include "environment.hpp"

namespace gatehouse::cli {
namespace {

constexpr int backlog = 64;
constexpr mode_t own_only = 0600;

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

bool is_socket_path(const std::string& path) {
  return path.starts_with('/') && path.size() < sizeof sockaddr_un{}.sun_path;
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
    if (!is_socket_path(address.substr(5))) {
      return problem(address, "a unix socket needs an absolute path of at most 107 bytes");
    }
  } else if (!host_and_port(address)) {
    return problem(address, "expected ADDRESS:PORT, [IPV6]:PORT or unix:PATH");
  }
  return {};
}

AdminSocket::~AdminSocket() {
  file_.remove();
  if (fd_ >= 0) close(fd_);
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
    auto file = system::UnixListener::open(address.substr(5), own_only, backlog);
    if (!file) return problem(address, file.error().message);
    made.file_ = *std::move(file);
    made.fd_ = made.file_.release();
    made.local_ = true;
    made.address_ = address;
    return made;
  }
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
