// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is told of an address that the proxy listens on.
#include <string>
#include <string_view>

namespace gatehouse::cli {

/// With or without TLS: "http://127.0.0.1:8080" for "127.0.0.1:8080"; "unix:/run/gate" stays.
[[nodiscard]] std::string as_url(std::string_view address, bool tls);

/// Whether only processes of this machine can reach it: a loopback address, or a unix socket. An address that cannot be
/// read counts as one that others reach.
[[nodiscard]] bool is_local(std::string_view address);

}  // namespace gatehouse::cli
