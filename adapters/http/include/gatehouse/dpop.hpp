// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Tokens that come with a proof of possession (RFC 9449).
#include <optional>
#include <span>
#include <string_view>

#include <gatehouse/export.hpp>
#include <gatehouse/http.hpp>

namespace gatehouse::http {

/// A token with the scheme DPoP. read_credential() refuses it: without its proof it means nothing.
struct BoundToken {
  Credential::State state = Credential::State::refused;  ///< present; refused; malformed: more than one field DPoP
  std::string_view token;
  std::string_view proof;  ///< what the one field DPoP holds; empty if there is none
};

/// nullopt unless the one Authorization has the scheme DPoP. A door that takes the token asks with
/// Request::with_token() and the attributes dpop.proof, dpop.method, dpop.path (without query) and dpop.request: a text
/// that no other request has, so that no two share an answer.
[[nodiscard]] GATEHOUSE_API std::optional<BoundToken> read_bound_token(std::span<const Header> headers) noexcept;

}  // namespace gatehouse::http
