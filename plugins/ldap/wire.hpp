// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How libldap reads and writes: through functions of ours, below its TLS, that wait no longer than a deadline.
///
/// Rationale: libldap's own timeouts do not cover a TLS handshake that stalls, nor a message of which only a part
/// comes, and it raises SIGPIPE when the peer is gone.
#include <lber.h>

#include "deadline.hpp"
#include "socket.hpp"

namespace gatehouse::ldap {

class Wire {
 public:
  explicit Wire(Socket socket) noexcept : socket_(std::move(socket)) {}

  /// Puts it at the bottom of the stack, before anything is sent. It must outlive the stack. False if memory ran out.
  [[nodiscard]] bool attach(Sockbuf* stack) noexcept;
  /// From here on; before that nothing waits.
  void set_deadline(Deadline deadline) noexcept { deadline_ = deadline; }
  /// Whether bytes, or its end, wait to be read.
  [[nodiscard]] bool has_input() const noexcept;

 private:
  static ber_slen_t read(Sockbuf_IO_Desc* layer, void* to, ber_len_t size) noexcept;
  static ber_slen_t write(Sockbuf_IO_Desc* layer, void* from, ber_len_t size) noexcept;
  /// False, with errno set, if the deadline passes first.
  [[nodiscard]] bool wait_for(short events) const noexcept;

  Socket socket_;
  Deadline deadline_{Milliseconds(0)};
};

}  // namespace gatehouse::ldap
