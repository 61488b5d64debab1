// SPDX-License-Identifier: Apache-2.0
#include "header_names.hpp"

#include <algorithm>
#include <array>

#include "ascii.hpp"

namespace gatehouse::http {
namespace {

constexpr std::size_t max_name_size = 64;

constexpr char fold(char c) noexcept {
  return ascii::alphanumeric(c) ? ascii::lower(c) : '-';
}

/// A trailing '*' stands for any end. By first letter, so that most names of a request cost one comparison.
constexpr std::array<std::string_view, 4> believed_r = {"remote-user", "remote-groups", "remote-email", "remote-name"};
constexpr std::array<std::string_view, 11> believed_x = {
    "x-remote-*",
    "x-auth-request-*",
    "x-auth-user*",
    "x-auth-group*",
    "x-auth-email",
    "x-auth-name",
    "x-webauth-*",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
};

bool fits(std::string_view name, std::string_view pattern) noexcept {
  if (!pattern.ends_with('*')) return folds_to(name, pattern);
  pattern.remove_suffix(1);
  return name.size() >= pattern.size() && folds_to(name.substr(0, pattern.size()), pattern);
}

template <std::size_t N>
bool fits_any(std::string_view name, const std::array<std::string_view, N>& patterns) noexcept {
  return std::any_of(patterns.begin(), patterns.end(), [&](auto pattern) { return fits(name, pattern); });
}

/// Names that frame a message, route it, or carry a secret or a negotiation of their own.
constexpr std::array<std::string_view, 41> reserved = {
    "accept",
    "accept-*",
    "access-control-*",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "connection",
    "content-*",
    "cookie",
    "cookie2",
    "date",
    "dpop",
    "etag",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "if-*",
    "keep-alive",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "priority",
    "proxy-*",
    "range",
    "referer",
    "sec-*",
    "server",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-original-*",
    "x-real-ip",
};
constexpr std::array<std::string_view, 9> forwarding = {
    "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",  "x-forwarded-port",   "x-forwarded-prefix",
    "x-forwarded-uri", "x-forwarded-ssl",  "x-forwarded-method", "x-forwarded-server",
};

}  // namespace

std::string folded(std::string_view name) {
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(), fold);
  return out;
}

bool folds_to(std::string_view name, std::string_view already_folded) noexcept {
  return name.size() == already_folded.size() &&
         std::equal(name.begin(), name.end(), already_folded.begin(), [](char a, char b) { return fold(a) == b; });
}

bool commonly_believed(std::string_view name) noexcept {
  if (name.empty()) return false;
  const char first = ascii::lower(name[0]);
  if (first == 'x') return fits_any(name, believed_x);
  if (first == 'r') return fits_any(name, believed_r);
  return false;
}

std::string problem_with_name(std::string_view name) {
  if (name.size() > max_name_size) return "is longer than " + std::to_string(max_name_size) + " bytes";
  if (!ascii::token(name)) return "is not a header name: use letters, digits and '-'";
  if (!ascii::alphanumeric(name[0])) return "must begin with a letter or a digit";
  if (fits_any(name, reserved) || fits_any(name, forwarding)) {
    return "is a name that HTTP itself or a proxy uses; choose one such as 'Remote-User'";
  }
  return {};
}

}  // namespace gatehouse::http
