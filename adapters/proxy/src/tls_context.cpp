// SPDX-License-Identifier: Apache-2.0
#include "tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <string_view>

namespace gatehouse::proxy {

namespace {

/// For TLS 1.2; those of 1.3 are all sound.
constexpr auto* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::array<unsigned char, 9> http11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr std::array<unsigned char, 5> session_context = {'g', 'a', 't', 'e', '1'};

Error wrong(std::string_view key, const std::string& file) {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_GET_LIB(code) == ERR_LIB_SYS ? nullptr : ERR_reason_error_string(code);
  std::string what = reason != nullptr ? reason : "cannot be read";
  if (ERR_SYSTEM_ERROR(code)) what = std::string("cannot be read: ") + std::strerror(ERR_GET_REASON(code));
  if (ERR_GET_REASON(code) == PEM_R_NO_START_LINE) what = "holds nothing in PEM that could be used here";
  if (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH) what = "is not the key of the certificate in tls_cert";
  return Error{"[proxy] " + std::string(key) + " " + file + ": " + what};
}

/// Never asks a terminal; tells that it was asked.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

/// Only http/1.1 is spoken; a caller that offers protocols without it is refused.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, size, http11.data(), http11.size(), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// Without authorities a caller's certificate only proves that it holds the key: what counts is its hash.
int accept_any(int, X509_STORE_CTX*) {
  return 1;
}

bool set_common(SSL_CTX* context) {
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_read_ahead(context, 1);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 && SSL_CTX_set_cipher_list(context, ciphers) == 1;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const TlsFiles& files) {
  ERR_clear_error();
  std::shared_ptr<TlsContext> result(new TlsContext);
  result->context_.reset(SSL_CTX_new(TLS_server_method()));
  auto* context = result->native();
  if (context == nullptr || !set_common(context)) return Error{"[proxy] TLS cannot be set up"};
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);

  if (SSL_CTX_use_certificate_chain_file(context, files.cert.c_str()) != 1) return wrong("tls_cert", files.cert);
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
  const int taken = SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  SSL_CTX_set_default_passwd_cb(context, nullptr);
  if (asked) return Error{"[proxy] tls_key " + files.key + ": is protected by a passphrase; store it without one"};
  if (taken != 1) return wrong("tls_key", files.key);
  if (SSL_CTX_check_private_key(context) != 1) return wrong("tls_key", files.key);
  if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context))) < 0) {
    result->warnings_.push_back("tls_cert " + files.cert + ": the certificate's time is over; callers will refuse it");
  }
  struct stat status {};
  if (::stat(files.key.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
    result->warnings_.push_back("tls_key " + files.key + ": everybody on this machine can read the key; chmod o-r");
  }

  if (files.client_cert == ClientCertificate::off) return std::shared_ptr<const TlsContext>(std::move(result));
  const int required = files.client_cert == ClientCertificate::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | required, files.client_ca.empty() ? accept_any : nullptr);
  SSL_CTX_set_session_id_context(context, session_context.data(), session_context.size());
  if (!files.client_ca.empty()) {
    auto* names = SSL_load_client_CA_file(files.client_ca.c_str());
    if (names == nullptr || SSL_CTX_load_verify_locations(context, files.client_ca.c_str(), nullptr) != 1) {
      sk_X509_NAME_pop_free(names, X509_NAME_free);
      return wrong("tls_client_ca", files.client_ca);
    }
    SSL_CTX_set_client_CA_list(context, names);
  }
  return std::shared_ptr<const TlsContext>(std::move(result));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const std::string& authorities) {
  ERR_clear_error();
  std::shared_ptr<TlsContext> result(new TlsContext);
  result->context_.reset(SSL_CTX_new(TLS_client_method()));
  auto* context = result->native();
  if (context == nullptr || !set_common(context)) return Error{"[proxy] TLS cannot be set up"};
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (authorities.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) {
      return Error{"[proxy] upstream: the system's certificate authorities cannot be read; name yours in upstream_ca"};
    }
  } else if (SSL_CTX_load_verify_locations(context, authorities.c_str(), nullptr) != 1) {
    return wrong("upstream_ca", authorities);
  }
  if (SSL_CTX_set_alpn_protos(context, http11.data(), http11.size()) != 0) return Error{"[proxy] out of memory"};
  return std::shared_ptr<const TlsContext>(std::move(result));
}

}  // namespace gatehouse::proxy
