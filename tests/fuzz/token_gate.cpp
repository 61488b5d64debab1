// SPDX-License-Identifier: Apache-2.0
// The gate of tokens: what passes is a JWS in the one canonical form, and can be put together again byte by byte.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <base64url.hpp>
#include <token_gate.hpp>

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::oidc;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const GateAnswer answer = gate(text);
  require((answer.kind == GateAnswer::Kind::token) == answer.token.has_value());
  if (!answer.token) {
    require(!answer.why.empty());
    return 0;
  }
  const GatedToken& token = *answer.token;
  require(text.size() <= kLongestToken && text.find_first_of("=+/ \t\r\n") == std::string::npos);
  require(!token.signature.empty());
  require(text == std::string(token.signed_part) + "." + encode_base64url(token.signature));
  const auto dot = token.signed_part.find('.');
  require(encode_base64url(*decode_base64url(token.signed_part.substr(0, dot))) == token.signed_part.substr(0, dot));
  const auto header = token.header.root();
  require(algorithm_named(*header.member("alg").text()) == token.algorithm);
  for (const std::string_view never : {"crit", "b64", "zip", "enc", "cty"}) require(!header.has(never));
  require(token.payload.root().is_object());
  return 0;
}
