// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The built-in upstream "whoami:": tells the caller what a service in its place would have been told.
#include <string_view>

#include <gatehouse/http.hpp>

namespace gatehouse::proxy {

/// `head` is the request as it would have been passed on. JSON for programs, a page for people. The values of Cookie
/// and Authorization are left out, so that a script in a browser cannot read here what it may not read otherwise.
[[nodiscard]] http::Answer whoami(std::string_view head, const http::IdentityHeaders::Names& names,
                                  const http::Asker& asker);

}  // namespace gatehouse::proxy
