// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <optional>
#include <string_view>

namespace gatehouse::auth_socket {

/// Who is at the other end of a connected socket, as the kernel saw it connect.
[[nodiscard]] std::optional<uid_t> peer_of(int fd) noexcept;

/// Root may ask for anyone, another user only for the name that the system knows him by.
[[nodiscard]] bool may_ask(uid_t peer, std::string_view user);

}  // namespace gatehouse::auth_socket
