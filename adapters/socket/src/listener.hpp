// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include <gatehouse/result.hpp>

#include "descriptor.hpp"

namespace gatehouse::auth_socket {

/// A listening socket that any user of this machine may connect to. Its path is removed at the end.
class Listener {
 public:
  [[nodiscard]] static Result<Listener> open(const std::string& path);
  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  Listener(Descriptor fd, std::string path) noexcept;
  Descriptor fd_;
  std::string path_;
};

}  // namespace gatehouse::auth_socket
