// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One fetch of a provider's keys, bit by bit: first its metadata, if nobody has said where the keys are, then those.
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "http_client.hpp"
#include "key_set.hpp"

namespace gatehouse::oidc {

class KeyFetch {
 public:
  /// `jwks_uri` is empty where the metadata of `issuer` must say it. The client must outlive it.
  KeyFetch(const HttpClient& http, std::string issuer, std::string jwks_uri);

  /// nullopt if more time is needed than this; not to be called again after that. [may block]
  [[nodiscard]] std::optional<Outcome<KeySet>> go_on(std::chrono::milliseconds time);
  /// Empty until it is known.
  [[nodiscard]] const std::string& jwks_uri() const noexcept { return jwks_uri_; }

 private:
  [[nodiscard]] std::optional<Problem> take_metadata(const HttpAnswer& answer);

  const HttpClient& http_;
  std::string issuer_;
  std::string jwks_uri_;
  std::vector<std::string> places_{};  ///< of the metadata
  std::size_t place_ = 0;
  std::optional<HttpGet> asked_{};
};

}  // namespace gatehouse::oidc
