// SPDX-License-Identifier: Apache-2.0
// A proof of possession, and claims that bind a token: nothing crashes, and nothing that binds is passed over.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <dpop.hpp>
#include <jwk.hpp>

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::oidc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const gatehouse::plugin::WallTime now(std::chrono::seconds(1'700'000'000));
  const auto proof =
      check_dpop({.proof = text, .method = "GET", .path = "/", .token = "t"}, {.origins = {"https://a.example"}}, now);
  if (proof) require(proof->thumbprint.size() == 43 && !proof->id.empty());
  if (const auto document = json::parse_object(text, {})) {
    const std::string print = thumbprint(document->root());
    require(print.empty() || print.size() == 43);
  }
  return 0;
}
