// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The response gate: an upstream whose answer can be read in two ways is not believed.
#include <string_view>

#include "message_head.hpp"

namespace gatehouse::proxy {

/// Parses and checks a whole response head that has passed a HeadScan; `method` is that of the request. False:
/// ambiguous framing, 101, or not HTTP/1.x; the caller is answered 502 and the upstream connection dropped.
[[nodiscard]] bool admit(std::string_view bytes, std::string_view method, ResponseHead& head,
                         std::string_view upgrade = {});

}  // namespace gatehouse::proxy
