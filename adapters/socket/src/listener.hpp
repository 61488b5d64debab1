// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>

#include <gatehouse/result.hpp>
#include <gatehouse/unix_listener.hpp>

namespace gatehouse::auth_socket {

/// A listening socket that any user of this machine may connect to. Its path is removed at the end.
class Listener {
 public:
  [[nodiscard]] static Result<Listener> open(const std::string& path);
  [[nodiscard]] int fd() const noexcept { return socket_.fd(); }

 private:
  explicit Listener(system::UnixListener socket) noexcept : socket_(std::move(socket)) {}
  system::UnixListener socket_;
};

}  // namespace gatehouse::auth_socket
