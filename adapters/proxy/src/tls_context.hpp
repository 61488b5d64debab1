// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What all TLS connections of one kind share: certificates, keys, authorities, versions and ciphers. Read from files
/// once; a reload makes a new one, and connections keep the one that they began with.
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/proxy.hpp>
#include <gatehouse/result.hpp>

struct ssl_ctx_st;

namespace gatehouse::proxy {

class TlsContext {
 public:
  /// For callers, from tls_cert, tls_key, tls_client_ca and tls_client_cert. The error names key and file.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> server(const TlsFiles& files);
  /// For an https:// upstream: verified against `authorities`, or the system's when it is empty.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> client(const std::string& authorities);

  /// What an operator should know and nothing fails for, such as a certificate whose time is over.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  [[nodiscard]] ssl_ctx_st* native() const noexcept { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  TlsContext() = default;

  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::vector<std::string> warnings_;
};

}  // namespace gatehouse::proxy
