// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The signature algorithms that are known here (RFC 7518, 3.1; RFC 8037). "none" is not one of them.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::oidc {

enum class Algorithm : std::uint8_t {
  hs256,
  hs384,
  hs512,
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  es384,
  es512,
  eddsa
};

enum class KeyType : std::uint8_t { oct, rsa, p256, p384, p521, ed25519 };

/// Whether the name is that of an algorithm, letter by letter.
[[nodiscard]] std::optional<Algorithm> algorithm_named(std::string_view name) noexcept;
[[nodiscard]] std::string_view name_of(Algorithm algorithm) noexcept;
/// The one kind of key that an algorithm goes with; of elliptic curves exactly one each.
[[nodiscard]] KeyType key_type_of(Algorithm algorithm) noexcept;
/// "SHA256" and so on; nullptr for EdDSA, which chooses itself.
[[nodiscard]] const char* digest_of(Algorithm algorithm) noexcept;
[[nodiscard]] std::size_t digest_size_of(Algorithm algorithm) noexcept;
[[nodiscard]] bool is_pss(Algorithm algorithm) noexcept;
/// All those that verify with a public key: what a provider may use unless the configuration says less.
[[nodiscard]] const std::vector<Algorithm>& public_key_algorithms();
/// The names of all, for messages.
[[nodiscard]] std::string all_algorithm_names();

}  // namespace gatehouse::oidc
