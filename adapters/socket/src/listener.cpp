// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace gatehouse::auth_socket {
namespace {

constexpr int backlog = 512;

Descriptor make_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// A socket file that nobody listens behind, as a server leaves it that was killed.
bool is_left_over(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const Descriptor probe = make_socket();
  return probe.ok() && ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

Error failed(const std::string& path, int number) {
  return Error{"auth socket " + path + ": " + std::error_code(number, std::generic_category()).message()};
}

}  // namespace

Result<Listener> Listener::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path || path.find('\0') != std::string::npos) {
    return failed(path, ENAMETOOLONG);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (is_left_over(path, address)) ::unlink(path.c_str());
  Descriptor fd = make_socket();
  if (!fd.ok() || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed(path, errno);
  }
  Listener listener(std::move(fd), path);
  // Whoever connects is known, and is told of nobody else: the mode need not keep anyone out.
  if (::chmod(path.c_str(), 0666) != 0 || ::listen(listener.fd(), backlog) != 0) return failed(path, errno);
  return listener;
}

Listener::Listener(Descriptor fd, std::string path) noexcept : fd_(std::move(fd)), path_(std::move(path)) {}
Listener::Listener(Listener&& other) noexcept : fd_(std::move(other.fd_)), path_(std::exchange(other.path_, {})) {}
Listener::~Listener() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace gatehouse::auth_socket
