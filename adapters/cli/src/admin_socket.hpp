// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The socket of the admin listener.
#include <string>
#include <utility>

#include <gatehouse/result.hpp>
#include <gatehouse/unix_listener.hpp>

namespace gatehouse::cli {

/// Whether `address` has the form of one; nothing is opened.
[[nodiscard]] Result<void> check_admin_address(const std::string& address);

class AdminSocket {
 public:
  /// Listens on A:P, [v6]:P, unix:PATH or fd:N. A unix socket is made with mode 0600; one that nobody listens on is
  /// replaced.
  [[nodiscard]] static Result<AdminSocket> listen(const std::string& address);

  AdminSocket(AdminSocket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        local_(other.local_),
        address_(std::move(other.address_)),
        file_(std::move(other.file_)) {}
  AdminSocket(const AdminSocket&) = delete;
  AdminSocket& operator=(const AdminSocket&) = delete;
  /// Removes the file that it made, and closes the descriptor if it was not released.
  ~AdminSocket();

  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// Whoever calls it closes the descriptor.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  /// Removes the file that it made: before the descriptor is closed, so that nobody takes the path over sooner.
  void remove_file() noexcept { file_.remove(); }
  [[nodiscard]] bool local() const noexcept { return local_; }  ///< a unix socket
  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  AdminSocket() = default;
  int fd_ = -1;
  bool local_ = false;
  std::string address_;
  system::UnixListener file_;  ///< of a unix socket that was made here
};

/// Whether the other end of a connection on a unix socket is root or this process's own user.
[[nodiscard]] bool is_trusted_peer(int connection) noexcept;

}  // namespace gatehouse::cli
