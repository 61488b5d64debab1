// SPDX-License-Identifier: Apache-2.0
#include "gatehouse/unix_listener.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace gatehouse::system {
namespace {

constexpr mode_t all_rights = 0777;

Error fault(int number) {
  return Error{std::error_code(number, std::generic_category()).message()};
}

bool is_left_over(const sockaddr_un& address) noexcept {
  struct stat about {};
  if (::lstat(address.sun_path, &about) != 0 || !S_ISSOCK(about.st_mode)) return false;
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const bool refused =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return refused;
}

}  // namespace

Result<UnixListener> UnixListener::open(const std::string& path, mode_t mode, int backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path || path.find('\0') != std::string::npos) {
    return Error{"a unix socket needs a path of 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes"};
  }
  path.copy(address.sun_path, path.size());
  if (is_left_over(address)) ::unlink(path.c_str());
  UnixListener made;
  made.fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  // Before it has a name, and after that only what the umask took away: there is no moment in which others may connect.
  if (made.fd_ < 0 || ::fchmod(made.fd_, mode) != 0 ||
      ::bind(made.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fault(errno);
  }
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0) return fault(errno);
  made.path_ = path;
  made.device_ = about.st_dev;
  made.inode_ = about.st_ino;
  const mode_t granted = about.st_mode & all_rights;
  if ((granted & ~mode) != 0) return Error{"the socket would be open to others on this file system"};
  if (granted != mode && ::chmod(path.c_str(), mode) != 0) return fault(errno);
  if (::listen(made.fd_, backlog) != 0) return fault(errno);
  return made;
}

UnixListener::UnixListener(UnixListener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

UnixListener& UnixListener::operator=(UnixListener&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

UnixListener::~UnixListener() {
  remove();
  if (fd_ >= 0) ::close(fd_);
}

int UnixListener::release() noexcept {
  return std::exchange(fd_, -1);
}

void UnixListener::remove() noexcept {
  if (path_.empty()) return;
  struct stat about {};
  const bool ours = ::lstat(path_.c_str(), &about) == 0 && about.st_dev == device_ && about.st_ino == inode_;
  if (ours) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace gatehouse::system
