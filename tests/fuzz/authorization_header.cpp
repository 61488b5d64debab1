// SPDX-License-Identifier: Apache-2.0
// Each line of the input is one Authorization value. What is taken must be what one canonical text says, and what is
// refused must leave nothing behind.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/http.hpp>

namespace {

using State = gatehouse::http::Credential::State;

void require(bool condition) {
  if (!condition) std::abort();
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string canonical_base64(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) out += i + j > bytes.size() ? '=' : alphabet[group >> (18 - 6 * j) & 63u];
  }
  return out;
}

void check_password(const gatehouse::Request& request, std::string_view value) {
  require(!request.user.empty() && request.user.size() <= gatehouse::max_user_size);
  require(!request.password.empty() && request.password.size() <= gatehouse::max_password_size);
  require(request.user.find(':') == std::string_view::npos);
  require(!has_control(request.user) && !has_control(request.password));
  require(request.token.empty());
  std::string pair(request.user);
  pair += ':';
  pair += request.password;
  require(value.ends_with(' ' + canonical_base64(pair)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<gatehouse::http::Header> headers;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty() && headers.size() < 100) {
    const auto end = rest.find('\n');
    headers.push_back({"Authorization", rest.substr(0, end)});
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }

  gatehouse::http::Scratch scratch;
  for (char& c : scratch.bytes()) c = 'x';
  const auto credential = gatehouse::http::read_credential(headers, scratch);
  const auto& request = credential.request;
  require((credential.state == State::none) == headers.empty());
  require((credential.state == State::malformed) == (headers.size() > 1));
  if (credential.state != State::present) {
    require(request.credential == gatehouse::CredentialKind::none);
    require(request.user.empty() && request.password.empty() && request.token.empty());
    const auto bytes = scratch.bytes();
    require(std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; }));
  } else if (request.credential == gatehouse::CredentialKind::password) {
    check_password(request, headers[0].value);
  } else {
    require(request.credential == gatehouse::CredentialKind::bearer);
    require(!request.token.empty() && request.token.size() <= gatehouse::max_token_size);
    require(request.token.find_first_of(" \t\",:;") == std::string_view::npos && !has_control(request.token));
    require(headers[0].value.ends_with(request.token));
    require(request.user.empty() && request.password.empty());
  }
  return 0;
}
