// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The request that another proxy asks about, read from what that proxy says of it.
#include <gatehouse/network.hpp>
#include <gatehouse/proxy.hpp>
#include <span>
#include <string_view>

#include "message_head.hpp"

namespace gatehouse::proxy {

struct OriginalRequest {
  std::string_view method;
  std::string_view target;  ///< path and query, or "*"
  std::string_view host;    ///< empty: not told
  std::string_view from;    ///< the caller's address; empty: not told, or not an address
};

/// Reads the fields that `form` names, each of which must be there once and well formed. Where the caller's address is
/// told, it is the last of X-Forwarded-For that none of `trusted` holds. Empty: `out` is read. Otherwise why not, as
/// one fixed sentence.
[[nodiscard]] std::string_view read_original(const RequestHead& head, ForwardAuthForm form,
                                             std::span<const http::Network> trusted, OriginalRequest& out) noexcept;

}  // namespace gatehouse::proxy
