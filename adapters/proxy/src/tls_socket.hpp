// SPDX-License-Identifier: Apache-2.0
#pragma once
/// OpenSSL's way to a socket.
///
/// Rationale: its own writes with write(2), so a peer that left would raise SIGPIPE in a program that did not ask for
/// it.

typedef struct bio_st BIO;

namespace gatehouse::proxy {

/// Null if memory ran out. The socket stays the caller's.
[[nodiscard]] BIO* make_socket_bio(int socket) noexcept;

}  // namespace gatehouse::proxy
