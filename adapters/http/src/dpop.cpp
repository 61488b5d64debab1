// SPDX-License-Identifier: Apache-2.0
#include <gatehouse/dpop.hpp>

#include "ascii.hpp"

namespace gatehouse::http {

std::optional<BoundToken> read_bound_token(std::span<const Header> headers) noexcept {
  std::size_t credentials = 0;
  std::size_t proofs = 0;
  std::string_view value;
  BoundToken bound;
  for (const Header& header : headers) {
    if (ascii::same(header.name, "authorization")) {
      ++credentials;
      value = header.value;
    } else if (ascii::same(header.name, "dpop")) {
      ++proofs;
      bound.proof = header.value;
    }
  }
  const auto space = value.find(' ');
  if (credentials != 1 || !ascii::same(value.substr(0, space), "dpop")) return std::nullopt;
  const auto start = value.find_first_not_of(' ', space);
  if (start != std::string_view::npos) bound.token = value.substr(start);
  if (proofs > 1) {
    bound.state = Credential::State::malformed;
  } else if (!bound.token.empty() && bound.token.size() <= max_token_size) {
    bound.state = Credential::State::present;
  }
  return bound;
}

}  // namespace gatehouse::http
