// SPDX-License-Identifier: Apache-2.0
#include "credential.hpp"

#include <string.h>

#include <algorithm>

#include "ascii.hpp"
#include "base64.hpp"
#include "utf8.hpp"

namespace gatehouse::http {
namespace {

using State = Credential::State;

/// What "Basic" can carry at most: user, colon and password, in base64.
constexpr std::size_t max_basic_size = (max_user_size + 1 + max_password_size + 2) / 3 * 4;
static_assert(max_basic_size / 4 * 3 <= Scratch::capacity);

/// RFC 7617, section 2: no CTL. UTF-8 is the only charset that we offer.
bool acceptable_text(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), ascii::control) && valid_utf8(text);
}

State read_basic(std::string_view token68, std::span<char> memory, std::size_t& used, Request& request) noexcept {
  if (token68.empty() || token68.size() > max_basic_size) return State::refused;
  used = std::min(memory.size(), token68.size());
  const auto size = decode_base64(token68, memory);
  if (!size) return State::refused;

  const std::string_view pair(memory.data(), *size);
  const auto colon = pair.find(':');
  if (colon == std::string_view::npos) return State::refused;
  const auto user = pair.substr(0, colon);
  const auto password = pair.substr(colon + 1);
  if (user.empty() || user.size() > max_user_size) return State::refused;
  if (password.empty() || password.size() > max_password_size) return State::refused;
  if (!acceptable_text(user) || !acceptable_text(password)) return State::refused;
  request = Request::with_password(user, password);
  return State::present;
}

/// RFC 6750, section 2.1: 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=".
bool bearer_token(std::string_view token) noexcept {
  const auto end = token.find_last_not_of('=');
  if (end == std::string_view::npos) return false;
  return std::all_of(token.begin(), token.begin() + static_cast<std::ptrdiff_t>(end) + 1, [](char c) {
    return ascii::alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '+' || c == '/';
  });
}

State read_bearer(std::string_view token, Request& request) noexcept {
  if (token.size() > max_token_size || !bearer_token(token)) return State::refused;
  request = Request::with_token(token);
  return State::present;
}

}  // namespace

void wipe_bytes(std::span<char> bytes) noexcept {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

void AuthorizationField::see(std::string_view name, std::string_view value) noexcept {
  if (!ascii::same(name, "authorization")) return;
  ++count_;
  value_ = value;
}

State AuthorizationField::read(std::span<char> memory, std::size_t& used, Request& request) const noexcept {
  used = 0;
  if (count_ == 0) return State::none;
  if (count_ > 1) return State::malformed;

  // RFC 9110, 11.4: auth-scheme, 1*SP, credentials. A tab is no SP.
  const auto space = value_.find(' ');
  if (space == std::string_view::npos) return State::refused;
  const auto scheme = value_.substr(0, space);
  const auto start = value_.find_first_not_of(' ', space);
  const auto rest = start == std::string_view::npos ? std::string_view{} : value_.substr(start);
  if (ascii::same(scheme, "basic")) return read_basic(rest, memory, used, request);
  if (ascii::same(scheme, "bearer")) return read_bearer(rest, request);
  return State::refused;
}

/// The only one that may say how much of a Scratch is in use.
struct CredentialReader {
  static Credential read(std::span<const Header> headers, Scratch& scratch) noexcept {
    scratch.wipe();
    AuthorizationField field;
    for (const auto& header : headers) field.see(header.name, header.value);
    Credential credential;
    credential.state = field.read(scratch.bytes_, scratch.used_, credential.request);
    if (credential.state != State::present) scratch.wipe();
    return credential;
  }
};

Scratch::~Scratch() {
  wipe();
}

void Scratch::wipe() noexcept {
  wipe_bytes(std::span(bytes_).first(used_));
  used_ = 0;
}

Credential read_credential(std::span<const Header> headers, Scratch& scratch) noexcept {
  return CredentialReader::read(headers, scratch);
}

}  // namespace gatehouse::http
