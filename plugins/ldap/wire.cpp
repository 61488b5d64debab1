// SPDX-License-Identifier: Apache-2.0
#include "wire.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace gatehouse::ldap {
namespace {

Wire& wire_of(const Sockbuf_IO_Desc* layer) noexcept {
  return *static_cast<Wire*>(layer->sbiod_pvt);
}

bool would_block(int error) noexcept {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

bool Wire::attach(Sockbuf* stack) noexcept {
  static Sockbuf_IO functions{[](Sockbuf_IO_Desc* layer, void* wire) {
                                layer->sbiod_pvt = wire;
                                return 0;
                              },
                              [](Sockbuf_IO_Desc*) { return 0; },
                              [](Sockbuf_IO_Desc*, int, void*) { return 0; },
                              &Wire::read,
                              &Wire::write,
                              [](Sockbuf_IO_Desc*) { return 0; }};
  return ber_sockbuf_add_io(stack, &functions, LBER_SBIOD_LEVEL_PROVIDER, this) == 0;
}

bool Wire::has_input() const noexcept {
  pollfd look{socket_.get(), POLLIN, 0};
  return poll(&look, 1, 0) != 0;
}

bool Wire::wait_for(short events) const noexcept {
  pollfd look{socket_.get(), events, 0};
  for (;;) {
    const auto left = deadline_.left().count();
    if (left == 0) break;
    const int ready = poll(&look, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
  errno = ETIMEDOUT;
  return false;
}

ber_slen_t Wire::read(Sockbuf_IO_Desc* layer, void* to, ber_len_t size) noexcept {
  const Wire& wire = wire_of(layer);
  for (;;) {
    const ssize_t taken = recv(wire.socket_.get(), to, size, MSG_DONTWAIT);
    if (taken >= 0) return taken;
    if (errno == EINTR) continue;
    if (!would_block(errno) || !wire.wait_for(POLLIN)) return -1;
  }
}

ber_slen_t Wire::write(Sockbuf_IO_Desc* layer, void* from, ber_len_t size) noexcept {
  const Wire& wire = wire_of(layer);
  for (;;) {
    const ssize_t given = send(wire.socket_.get(), from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (given >= 0) return given;
    if (errno == EINTR) continue;
    if (!would_block(errno) || !wire.wait_for(POLLOUT)) return -1;
  }
}

}  // namespace gatehouse::ldap
