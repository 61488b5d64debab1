// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Threads that a host does not notice: they take none of its signals, and carry a name for `top` and debuggers.
#include <functional>
#include <string>
#include <thread>

namespace gatehouse::detail {

enum class Priority { normal, low };

/// `low` yields to the event loops of the same process (nice 10). Throws std::system_error if no thread can be made.
[[nodiscard]] std::thread start_thread(const std::string& name, Priority priority, std::function<void()> body);

}  // namespace gatehouse::detail
