// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One connection: a question comes in, an answer goes out. It never blocks.
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "descriptor.hpp"
#include "wire.h"

namespace gatehouse::auth_socket {

using Bytes = std::vector<unsigned char>;
using Instant = std::chrono::steady_clock::time_point;

class Connection {
 public:
  enum class State { reading, deciding, writing, over };

  Connection(Descriptor fd, uid_t peer, Instant now);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] uid_t peer() const noexcept { return peer_; }
  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] Instant deadline() const noexcept { return deadline_; }

  /// Of the question, once the engine has it: the realm that is asked, and the network that it came from (see places).
  [[nodiscard]] const std::string& realm() const noexcept { return realm_; }
  [[nodiscard]] const std::string& network() const noexcept { return network_; }
  void count_for(std::string realm, std::string network) noexcept;

  /// Reads what is there. `deciding` afterwards: the whole question is there.
  void read();
  /// The question; false if it is none. What it says is valid until answer().
  [[nodiscard]] bool question(wire_question& into) const noexcept;
  void answer(Bytes frame, Instant now);
  /// Writes what the peer takes.
  void write();
  void end() noexcept { state_ = State::over; }

 private:
  void wipe() noexcept;
  Descriptor fd_;
  uid_t peer_;
  State state_ = State::reading;
  Instant deadline_;
  std::string realm_;
  std::string network_;
  Bytes bytes_;           ///< of the frame that comes in, or goes out
  std::size_t done_ = 0;  ///< of them
};

}  // namespace gatehouse::auth_socket
