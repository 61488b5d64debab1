// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Who may have how many questions in hand, so that nobody keeps the others out.
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "connection.hpp"

namespace gatehouse::auth_socket {

using Connections = std::map<std::uint64_t, Connection>;

/// Whether one more of `peer` may connect.
[[nodiscard]] bool has_room(const Connections& all, uid_t peer);

/// The network that an address is counted for: itself, or its /64. Empty: that is no address.
[[nodiscard]] std::string network_of(const std::string& address);

/// A question of root is for strangers: whose places are taken if it joins those that the engine has? Null: nobody's.
[[nodiscard]] const char* crowded(const Connections& all, std::string_view realm, std::string_view network);

}  // namespace gatehouse::auth_socket
