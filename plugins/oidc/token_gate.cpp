// SPDX-License-Identifier: Apache-2.0
#include "token_gate.hpp"

#include <algorithm>
#include <utility>

#include "base64url.hpp"

namespace gatehouse::oidc {
namespace {

constexpr json::Limits kHeaderLimits{.size = kLongestHeader, .depth = 6, .values = 128};
constexpr json::Limits kPayloadLimits{.size = kLongestToken, .depth = 16, .values = 4096};
constexpr std::size_t kLongestKeyId = 256;
constexpr std::size_t kLongestType = 64;

GateAnswer opaque() {
  return {.kind = GateAnswer::Kind::opaque, .token = std::nullopt, .why = "it is not a JWT"};
}

GateAnswer malformed(std::string why) {
  return {.kind = GateAnswer::Kind::malformed, .token = std::nullopt, .why = std::move(why)};
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// RFC 7515, 4.1.9: a media type, whose "application/" may be left out.
std::string plain_type(std::string_view type) {
  std::string plain(type);
  std::transform(plain.begin(), plain.end(), plain.begin(), lower);
  constexpr std::string_view kPrefix = "application/";
  if (plain.starts_with(kPrefix)) plain.erase(0, kPrefix.size());
  return plain;
}

/// What a header must not have, whatever else it says. Parameters that only point to keys are not looked at.
std::string complaint_about(const json::Value& header) {
  if (header.has("crit")) return "its header has crit: extensions are not understood here";
  if (header.has("b64")) return "its header has b64";
  if (header.has("zip")) return "its header has zip: compressed tokens are not read";
  if (header.has("enc")) return "it is encrypted";
  if (header.has("cty")) return "its header has cty: nested tokens are not read";
  return {};
}

}  // namespace

GateAnswer gate(std::string_view text) {
  const auto first = text.find('.');
  if (first == std::string_view::npos) return opaque();
  const auto second = text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) return opaque();
  const auto header_text = text.substr(0, first);
  const auto payload_text = text.substr(first + 1, second - first - 1);
  const auto signature_text = text.substr(second + 1);

  if (header_text.size() > kLongestHeader * 4 / 3 + 2) return malformed("its header is too long");
  const auto header_bytes = decode_base64url(header_text);
  if (!header_bytes || !header_bytes->starts_with('{')) return opaque();
  if (text.size() > kLongestToken) return malformed("it is too long");
  auto header = json::parse_object(*header_bytes, kHeaderLimits);
  if (!header) return malformed("its header is not one JSON object with each name once");
  const json::Value root = header->root();
  if (auto complaint = complaint_about(root); !complaint.empty()) return malformed(std::move(complaint));

  const auto named = root.member("alg").text();
  const auto algorithm = named ? algorithm_named(*named) : std::nullopt;
  if (!algorithm) return malformed("its alg is missing or not one that is known here");
  std::optional<std::string> key_id;
  if (const auto id = root.member("kid"); id.present()) {
    const auto id_text = id.text();
    if (!id_text || id_text->size() > kLongestKeyId) return malformed("its kid is not a text of at most 256 bytes");
    key_id = std::string(*id_text);
  }
  std::string type;
  if (const auto typ = root.member("typ"); typ.present()) {
    const auto typ_text = typ.text();
    if (!typ_text || typ_text->empty() || typ_text->size() > kLongestType)
      return malformed("its typ is not a short text");
    type = plain_type(*typ_text);
  }

  if (signature_text.empty()) return malformed("it has no signature");
  if (signature_text.size() > kLongestSignature * 4 / 3 + 2) return malformed("its signature is too long");
  auto signature = decode_base64url(signature_text);
  if (!signature) return malformed("its signature is not canonical base64url");
  const auto payload_bytes = decode_base64url(payload_text);
  if (!payload_bytes) return malformed("its payload is not canonical base64url");
  auto payload = json::parse_object(*payload_bytes, kPayloadLimits);
  if (!payload) return malformed("its payload is not one JSON object with each name once, or it is too large");

  return {.kind = GateAnswer::Kind::token,
          .token = GatedToken{.algorithm = *algorithm,
                              .key_id = std::move(key_id),
                              .type = std::move(type),
                              .signed_part = text.substr(0, second),
                              .signature = std::move(*signature),
                              .header = std::move(*header),
                              .payload = std::move(*payload)},
          .why = {}};
}

}  // namespace gatehouse::oidc
