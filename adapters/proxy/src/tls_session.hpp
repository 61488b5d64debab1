// SPDX-License-Identifier: Apache-2.0
#pragma once
/// TLS on one socket that does not block. Nothing here waits: each step says what the socket must be ready for before
/// it is tried again.
///
/// Rationale: on OpenSSL itself rather than Asio's stream, whose templates every file would have to instantiate and
/// which keeps 34 KiB of buffers for each connection, idle ones too.
#include <memory>
#include <span>
#include <string>

#include "net.hpp"
#include "tls_context.hpp"

struct ssl_st;

namespace gatehouse::proxy {

class TlsSession {
 public:
  enum class Need { nothing, readable, writable };
  struct Step {
    Need need = Need::nothing;  ///< nothing: done, with `error` or `size`
    error_code error;
    std::size_t size = 0;
  };

  /// Null if memory ran out. The socket stays the caller's, and must outlive the session.
  [[nodiscard]] static std::unique_ptr<TlsSession> accept(const TlsContext& context, int socket);
  /// `host` is whom the certificate must name: a DNS name or an IP address.
  [[nodiscard]] static std::unique_ptr<TlsSession> connect(const TlsContext& context, int socket,
                                                           const std::string& host);

  [[nodiscard]] Step handshake() noexcept;
  /// The end that the peer announced is eof; one that it did not is another error.
  [[nodiscard]] Step read(std::span<char> space) noexcept;
  /// Takes from the front of `pieces` what fits into one record; the pieces are not changed. Until it is done it must
  /// be tried again with pieces that begin with the same bytes.
  [[nodiscard]] Step write(const Gather& pieces) noexcept;
  /// Tells the peer that nothing more comes, if that is possible without waiting.
  void announce_end() noexcept;

  enum class Idle { quiet, bytes, ended };
  /// What stands in the socket of a peer that owes nothing. Reads what TLS itself has to say (tickets, an announced
  /// end).
  [[nodiscard]] Idle look() noexcept;

  /// After a failed handshake: what to tell the operator, and whether the peer spoke plain HTTP.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] bool was_plain_http() const noexcept { return plain_http_; }

  /// SHA-256 of the peer's certificate, base64url without padding (x5t#S256 of RFC 8705); empty without one.
  [[nodiscard]] std::string peer_certificate_hash() const;

 private:
  struct Free {
    void operator()(ssl_st* session) const noexcept;
  };
  explicit TlsSession(ssl_st* session) noexcept : session_(session) {}
  [[nodiscard]] static std::unique_ptr<TlsSession> make(const TlsContext& context, int socket);
  [[nodiscard]] Step step(int result) noexcept;
  void explain(unsigned long code);

  std::unique_ptr<ssl_st, Free> session_;
  std::string problem_;
  bool plain_http_ = false;
  bool broken_ = false;  ///< after an error OpenSSL must not be asked again
};

}  // namespace gatehouse::proxy
