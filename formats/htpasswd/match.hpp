// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The answer of a check. No default: an answer that nobody gave is no match.
#include <cstdint>

namespace gatehouse::htpasswd {

enum class Match : std::uint8_t {
  failed = 0,  ///< could not be computed: memory, a hash that the library refuses
  no = 1,
  yes = 2
};

}  // namespace gatehouse::htpasswd
