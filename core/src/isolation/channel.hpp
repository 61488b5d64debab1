// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Frames over one end of the socket pair. Many threads send, one receives.
#include <chrono>
#include <cstddef>
#include <mutex>

#include "isolation/bytes.hpp"
#include "isolation/descriptor.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail::isolation {

class Channel {
 public:
  explicit Channel(Descriptor socket) noexcept : socket_(std::move(socket)) {}

  /// Sends a whole frame. If the other end takes nothing for `patience` the channel is closed, for what was sent is
  /// cut. False: it is closed, or the frame is empty (too long to be written). [any-thread] [may block]
  bool send(const Bytes& frame, std::chrono::milliseconds patience) noexcept;

  enum class Received { frame, nothing, closed, broken };
  /// Waits for one frame until `until` and puts its body into `body`. What has come of a frame stays for the next call.
  /// May throw std::bad_alloc. [one thread at a time] [may block]
  [[nodiscard]] Received receive(Bytes& body, SteadyTime until);

  /// Both ends see the end of it; who is sending or receiving is woken. [any-thread]
  void close() noexcept;
  /// Lets go of this end without a word: after fork() it is another process that uses it.
  void forget() noexcept { socket_.close(); }

 private:
  Descriptor socket_;
  std::mutex sending_;
  Bytes incoming_;        ///< the head, then the body
  std::size_t have_ = 0;  ///< of incoming_
  bool in_body_ = false;
};

}  // namespace gatehouse::detail::isolation
