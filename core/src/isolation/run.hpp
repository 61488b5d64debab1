// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One life of a helper process, from its start to its end, and what it is ordered to do.
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <gatehouse/result.hpp>

#include "isolation/channel.hpp"
#include "isolation/spawn.hpp"
#include "isolation/wire.hpp"

namespace gatehouse::detail::isolation {

/// How long a helper may take to load, create and start its plugin.
inline constexpr std::chrono::milliseconds launch_limit{30'000};
/// How long it may leave what is sent to it lying.
inline constexpr std::chrono::milliseconds send_patience{1'000};

/// A reply and the memory that its texts lie in.
struct Replied {
  Bytes body;
  Reply reply;
};

class Run {
 public:
  /// What comes before the reply, body by body. False: it cannot be read.
  using Hear = std::function<bool(Kind, Reader)>;

  [[nodiscard]] static Result<std::shared_ptr<Run>> begin(const std::string& program, const std::string& label);
  explicit Run(Spawned spawned) noexcept : channel(std::move(spawned.socket)), process_(std::move(spawned.process)) {}
  ~Run() { end(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Sends an order and waits for its reply, until `until`. The Error says why there is none. [one thread at a time]
  [[nodiscard]] Result<Replied> order(const Bytes& frame, SteadyTime until, const Hear& hear);
  /// Idempotent. [may block]
  void end() noexcept;
  /// True in a process that was forked after the helper was started: what is said there is said to the other.
  [[nodiscard]] bool is_of_another() const noexcept { return ::getpid() != owner_; }

  Channel channel;

 private:
  Descriptor process_;
  const pid_t owner_ = ::getpid();
};

}  // namespace gatehouse::detail::isolation
