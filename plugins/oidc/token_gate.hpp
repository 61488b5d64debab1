// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The gate that every token passes before any library sees a byte of it: a JWS in compact form (RFC 7515, 7.1; RFC
/// 8725), looked at strictly. Signature and claims are others' work.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "algorithm.hpp"
#include "json.hpp"

namespace gatehouse::oidc {

inline constexpr std::size_t kLongestToken = 16384;
inline constexpr std::size_t kLongestHeader = 2048;     ///< of a token, decoded
inline constexpr std::size_t kLongestSignature = 1024;  ///< decoded: RSA of 8192 bits

/// A well-formed JWS whose signature nobody has checked yet.
struct GatedToken {
  Algorithm algorithm;
  std::optional<std::string> key_id;
  std::string type;              ///< the header's `typ`, lower case, without "application/"; empty if there is none
  std::string_view signed_part;  ///< of the text that the gate was given
  std::string signature;
  json::Document header;
  json::Document payload;
};

struct GateAnswer {
  enum class Kind {
    token,      ///< `token` holds it
    opaque,     ///< no JWS at all: not two dots, or a first part that is no JSON object
    malformed,  ///< meant as a JWS, and wrong: `why` says how
  };
  Kind kind = Kind::malformed;
  std::optional<GatedToken> token;
  std::string why;
};

[[nodiscard]] GateAnswer gate(std::string_view text);

}  // namespace gatehouse::oidc
