// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include <utility>

namespace gatehouse::auth_socket {
namespace {

constexpr int backlog = 512;
// Whoever connects is known, and is told of nobody else: the mode need not keep anyone out.
constexpr mode_t everybody = 0666;

}  // namespace

Result<Listener> Listener::open(const std::string& path) {
  auto made = system::UnixListener::open(path, everybody, backlog);
  if (!made) return Error{"auth socket " + path + ": " + made.error().message};
  return Listener(*std::move(made));
}

}  // namespace gatehouse::auth_socket
