// SPDX-License-Identifier: Apache-2.0
#include "tls_socket.hpp"

#include <openssl/bio.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <memory>

namespace gatehouse::proxy {

namespace {

int socket_of(BIO* bio) noexcept {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool must_wait() noexcept {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int write_bytes(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto done = ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (done < 0 && must_wait()) BIO_set_retry_write(bio);
  return static_cast<int>(done);
}

int read_bytes(BIO* bio, char* space, int size) {
  BIO_clear_retry_flags(bio);
  const auto done = ::recv(socket_of(bio), space, static_cast<std::size_t>(size), 0);
  if (done < 0 && must_wait()) BIO_set_retry_read(bio);
  if (done == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(done);
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

struct FreeMethod {
  void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
};
using Method = std::unique_ptr<BIO_METHOD, FreeMethod>;

Method make_method() noexcept {
  Method method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE"));
  if (!method) return nullptr;
  BIO_meth_set_write(method.get(), write_bytes);
  BIO_meth_set_read(method.get(), read_bytes);
  BIO_meth_set_ctrl(method.get(), control);
  return method;
}

}  // namespace

BIO* make_socket_bio(int socket) noexcept {
  static const Method method = make_method();
  auto* bio = method ? BIO_new(method.get()) : nullptr;
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace gatehouse::proxy
