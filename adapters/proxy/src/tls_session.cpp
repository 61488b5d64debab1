// SPDX-License-Identifier: Apache-2.0
#include "tls_session.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include <array>
#include <boost/asio/error.hpp>
#include <cerrno>

#include "tls_socket.hpp"

namespace gatehouse::proxy {

namespace {

constexpr std::size_t record = 16 * 1024;

bool is_ip(const std::string& host) noexcept {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

}  // namespace

void TlsSession::Free::operator()(ssl_st* session) const noexcept {
  SSL_free(session);
}

std::unique_ptr<TlsSession> TlsSession::make(const TlsContext& context, int socket) {
  std::unique_ptr<TlsSession> made(new TlsSession(SSL_new(context.native())));
  auto* bio = made->session_ ? make_socket_bio(socket) : nullptr;
  if (bio == nullptr) return nullptr;
  SSL_set_bio(made->session_.get(), bio, bio);
  return made;
}

std::unique_ptr<TlsSession> TlsSession::accept(const TlsContext& context, int socket) {
  auto made = make(context, socket);
  if (made) SSL_set_accept_state(made->session_.get());
  return made;
}

std::unique_ptr<TlsSession> TlsSession::connect(const TlsContext& context, int socket, const std::string& host) {
  auto made = make(context, socket);
  if (!made) return nullptr;
  auto* session = made->session_.get();
  SSL_set_connect_state(session);
  bool named = false;
  if (is_ip(host)) {
    named = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) == 1;
  } else {
    SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    named = SSL_set1_host(session, host.c_str()) == 1 && SSL_set_tlsext_host_name(session, host.c_str()) == 1;
  }
  return named ? std::move(made) : nullptr;
}

void TlsSession::explain(unsigned long code) {
  const auto verified = SSL_get_verify_result(session_.get());
  const char* reason = ERR_reason_error_string(code);
  plain_http_ = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
  problem_ = reason != nullptr ? reason : "TLS failed";
  if (verified != X509_V_OK) problem_.append(": ").append(X509_verify_cert_error_string(verified));
}

TlsSession::Step TlsSession::step(int result) noexcept {
  if (result > 0) return {Need::nothing, {}, static_cast<std::size_t>(result)};
  const int system = errno;
  const int kind = SSL_get_error(session_.get(), result);
  if (kind == SSL_ERROR_WANT_READ) return {Need::readable, {}, 0};
  if (kind == SSL_ERROR_WANT_WRITE) return {Need::writable, {}, 0};
  if (kind == SSL_ERROR_ZERO_RETURN) return {Need::nothing, asio::error::eof, 0};
  broken_ = true;
  if (kind == SSL_ERROR_SYSCALL && system != 0) {
    ERR_clear_error();
    return {Need::nothing, error_code(system, boost::system::system_category()), 0};
  }
  if (const auto code = ERR_get_error(); code != 0 && problem_.empty()) {
    try {
      explain(code);
    } catch (const std::bad_alloc&) {
      problem_.clear();
    }
  }
  ERR_clear_error();
  return {Need::nothing, asio::error::connection_aborted, 0};
}

TlsSession::Step TlsSession::handshake() noexcept {
  ERR_clear_error();
  errno = 0;
  auto done = step(SSL_do_handshake(session_.get()));
  done.size = 0;
  return done;
}

TlsSession::Step TlsSession::read(std::span<char> space) noexcept {
  if (broken_) return {Need::nothing, asio::error::connection_aborted, 0};
  ERR_clear_error();
  errno = 0;
  return step(SSL_read(session_.get(), space.data(), static_cast<int>(space.size())));
}

TlsSession::Step TlsSession::write(const Gather& pieces) noexcept {
  if (pieces.empty()) return {};
  if (broken_) return {Need::nothing, asio::error::connection_aborted, 0};
  ERR_clear_error();
  errno = 0;
  const auto first = *pieces.begin();
  if (pieces.begin() + 1 == pieces.end() || first.size() >= record) {
    const auto size = std::min(first.size(), record);
    return step(SSL_write(session_.get(), first.data(), static_cast<int>(size)));
  }
  std::array<char, record> together;
  std::size_t size = 0;
  for (const auto& piece : pieces) {
    const auto fits = std::min(piece.size(), record - size);
    ::memcpy(together.data() + size, piece.data(), fits);
    size += fits;
  }
  const auto done = step(SSL_write(session_.get(), together.data(), static_cast<int>(size)));
  ::explicit_bzero(together.data(), size);
  return done;
}

void TlsSession::announce_end() noexcept {
  if (broken_ || SSL_in_init(session_.get()) != 0) return;
  ERR_clear_error();
  if (SSL_shutdown(session_.get()) < 0) ERR_clear_error();
}

TlsSession::Idle TlsSession::look() noexcept {
  if (broken_) return Idle::ended;
  ERR_clear_error();
  errno = 0;
  char byte = 0;
  const auto seen = step(SSL_peek(session_.get(), &byte, 1));
  if (seen.need != Need::nothing) return Idle::quiet;
  return seen.error ? Idle::ended : Idle::bytes;
}

std::string TlsSession::peer_certificate_hash() const {
  const auto* certificate = SSL_get0_peer_certificate(session_.get());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  std::array<unsigned char, 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1> coded{};
  const int length = EVP_EncodeBlock(coded.data(), digest.data(), static_cast<int>(size));
  std::string text(coded.begin(), coded.begin() + length);
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

}  // namespace gatehouse::proxy
