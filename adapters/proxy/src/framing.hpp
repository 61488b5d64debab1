// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The fields that say where a message ends, read the same strict way in requests and in responses.
#include <cstdint>
#include <string_view>
#include <vector>

#include "message_head.hpp"

namespace gatehouse::proxy {

struct FramingFields {
  bool valid = false;  ///< false: ambiguous or broken; the message must not be used
  bool chunked = false;
  bool has_length = false;
  std::uint64_t length = 0;
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
};

/// Content-Length: at most one, decimal digits, below 2^63. Transfer-Encoding: at most one, exactly "chunked", only in
/// HTTP/1.1, never beside Content-Length. Connection: tokens, at most 32; those that name fields go to `nominated`.
[[nodiscard]] FramingFields read_framing(const Fields& fields, int minor, std::vector<std::string_view>& nominated);

}  // namespace gatehouse::proxy
