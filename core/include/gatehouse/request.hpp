// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One question to the engine: a credential and what the door knows about the caller.
///
/// A Request borrows its strings: they must live until decide() or try_decide() returns. decide_async() copies, into
/// memory that is wiped after use. No HTTP types: PAM asks too.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse {

enum class CredentialKind : std::uint32_t { none = 0, password = 1, bearer = 2, response = 4 };

/// A set of CredentialKind, as a mask.
using CredentialKinds = std::uint32_t;

/// Something a door knows about the caller. A backend sees only the names it declares; the known names are
/// "client.address", "tls.client_cert_sha256", "http.method", "http.uri" and "dpop.proof". Two are for the audit log:
/// "door" ("proxy"; absent, "library" is written) and "request.id", by which the door's own log names the request.
struct Attribute {
  std::string_view name;
  std::string_view value;
};

struct Request {
  CredentialKind credential = CredentialKind::none;
  std::string_view user;                        ///< with password
  std::string_view password;                    ///< with password
  std::string_view token;                       ///< with bearer
  std::string_view state;                       ///< with response: the state of the challenge that is answered
  std::span<const std::string_view> responses;  ///< with response
  std::span<const Attribute> attributes;

  [[nodiscard]] static Request with_password(std::string_view user, std::string_view password) {
    Request request;
    request.credential = CredentialKind::password;
    request.user = user;
    request.password = password;
    return request;
  }
  [[nodiscard]] static Request with_token(std::string_view token) {
    Request request;
    request.credential = CredentialKind::bearer;
    request.token = token;
    return request;
  }
};

/// Longer ones are refused before any backend sees them.
inline constexpr std::size_t max_user_size = 512;
inline constexpr std::size_t max_password_size = 4096;
inline constexpr std::size_t max_token_size = 16384;

}  // namespace gatehouse
