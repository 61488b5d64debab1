// SPDX-License-Identifier: Apache-2.0
// A provider's metadata and its answers about tokens: what is taken is this issuer's, and may be asked.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <discovery.hpp>
#include <introspection.hpp>

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::oidc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const HttpClient http({});
  if (const auto metadata = read_metadata(text, "https://a.example", http)) {
    const std::string& address = metadata->jwks_uri;
    require(address.empty() || address.starts_with("https://") || address.starts_with("HTTPS://") ||
            http.checked(address));
  }
  const std::string issuer(text);
  for (const std::string& place : metadata_places(issuer)) require(place.find("/.well-known/") != std::string::npos);
  if (const auto good = http.checked(issuer)) require(!good->empty());
  return 0;
}
