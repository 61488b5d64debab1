// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Starts the helper process so that the host does not notice: it is nobody's child here, no signal comes when it ends,
/// and no waitpid() of the host finds it.
#include <string>

#include <gatehouse/result.hpp>

#include "isolation/descriptor.hpp"

namespace gatehouse::detail::isolation {

/// Where the helper finds its end of the socket pair.
inline constexpr int helper_socket = 3;

struct Spawned {
  Descriptor socket;   ///< of the engine
  Descriptor process;  ///< a pidfd; none if this kernel has no such thing
};

/// Starts `program` with `label` as its one argument: in a session of its own, with an empty environment, no signal
/// blocked or ignored, no standard streams, and nothing of the host open but its end of the socket pair.
[[nodiscard]] Result<Spawned> spawn(const std::string& program, const std::string& label);

/// Ends it, if it has not ended yet, and takes it away if it fell to this process as its nearest reaper.
void end_process(const Descriptor& process) noexcept;

}  // namespace gatehouse::detail::isolation
