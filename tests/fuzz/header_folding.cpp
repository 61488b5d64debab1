// SPDX-License-Identifier: Apache-2.0
// The input is "own name NUL received name". is_protected must agree with a slow and obvious version of its rule.
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <gatehouse/http.hpp>

namespace {

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool kept = byte < 0x80 && std::isalnum(byte) != 0;
    out += kept ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return out;
}

bool expected(std::string_view own, std::string_view name) {
  const auto text = folded(name);
  for (const auto* whole : {"remote-user", "remote-groups", "remote-email", "remote-name", "x-forwarded-user",
                            "x-forwarded-groups", "x-forwarded-email", "x-forwarded-preferred-username"}) {
    if (text == whole) return true;
  }
  for (const auto* start : {"x-remote-", "x-auth-request-", "x-webauth-"}) {
    if (text.starts_with(start)) return true;
  }
  return !own.empty() && text == folded(own);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto middle = input.find('\0');
  const auto own = input.substr(0, middle);
  const auto name = middle == std::string_view::npos ? std::string_view{} : input.substr(middle + 1);

  gatehouse::http::IdentityHeaders::Names names;
  names.user = own;
  const gatehouse::http::IdentityHeaders headers(names);
  if (headers.is_protected(name) != expected(own, name)) std::abort();
  if (headers.is_protected(own) != expected(own, own)) std::abort();

  // What can be told at all must be protected, and nothing of HTTP's own can be told.
  if (!own.empty() && gatehouse::http::IdentityHeaders::check(names).ok()) {
    if (!headers.is_protected(own)) std::abort();
    const auto text = folded(own);
    for (const auto* own_of_http : {"host", "content-length", "transfer-encoding", "connection", "authorization",
                                    "cookie", "upgrade", "te", "trailer", "x-forwarded-for"}) {
      if (text == own_of_http) std::abort();
    }
  }
  return 0;
}
