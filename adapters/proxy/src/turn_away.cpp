// SPDX-License-Identifier: Apache-2.0
#include "turn_away.hpp"

#include <array>
#include <string>

#include "forward_head.hpp"

namespace gatehouse::proxy {

void turn_away(Socket& socket, int status, std::string_view message) {
  const auto answer = http::answer_fault(status, message, {});
  std::string text;
  write_answer_head(text, answer, false, 1);
  text += answer.body;
  error_code ignored;
  socket.write_some(asio::buffer(text), ignored);
  // What is unread when it closes would take the answer away.
  std::array<char, 4096> sent{};
  socket.read_some(asio::buffer(sent), ignored);
}

void refuse_full(Hub& hub, const Door& door, Socket& socket, Role role) {
  hub.log_limited(LogLevel::warning, "max_connections is reached; a caller was answered 503");
  if (role == Role::forward_auth || !door.tls) turn_away(socket, 503, "There are too many connections.");
}

}  // namespace gatehouse::proxy
