// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The helper's side: obeys orders, asks the plugin, and ends with the socket.
#include "isolation/descriptor.hpp"

namespace gatehouse::detail::isolation {

/// Serves until the engine closes its end, and then ends this process at once, whatever the plugin is doing.
[[noreturn]] void run_station(Descriptor socket);

}  // namespace gatehouse::detail::isolation
