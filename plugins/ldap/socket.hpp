// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Sockets that are connected within a deadline.
#include <sys/socket.h>

#include <string>
#include <vector>

#include "deadline.hpp"

namespace gatehouse::ldap {

/// Where one of a host's addresses is.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) noexcept : descriptor_(descriptor) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket(Socket&& other) noexcept : descriptor_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept {
    close();
    descriptor_ = other.release();
    return *this;
  }
  ~Socket() { close(); }
  [[nodiscard]] int get() const noexcept { return descriptor_; }
  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  int release() noexcept {
    const int taken = descriptor_;
    descriptor_ = -1;
    return taken;
  }

 private:
  void close() noexcept;
  int descriptor_ = -1;
};

/// Nothing if the path is too long.
[[nodiscard]] SocketAddress address_of_path(const std::string& path);

/// Tries the addresses in turn; each has its share of the time. Not open if none answers; `fault` then says why.
[[nodiscard]] Socket connect_to(const std::vector<SocketAddress>& addresses, Deadline deadline, std::string& fault);

}  // namespace gatehouse::ldap
