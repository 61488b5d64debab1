// SPDX-License-Identifier: Apache-2.0
#include "isolation/run.hpp"

#include <utility>

namespace gatehouse::detail::isolation {

Result<std::shared_ptr<Run>> Run::begin(const std::string& program, const std::string& label) {
  auto spawned = spawn(program, label);
  if (!spawned) return spawned.error();
  return std::make_shared<Run>(*std::move(spawned));
}

Result<Replied> Run::order(const Bytes& frame, SteadyTime until, const Hear& hear) {
  if (frame.empty()) return Error{"what its process is to be told is too long"};
  const Error ended{"its process ended"};
  if (!channel.send(frame, send_patience)) return ended;
  // Who talks without an end is late, too.
  while (std::chrono::steady_clock::now() < until) {
    Replied replied;
    switch (channel.receive(replied.body, until)) {
      case Channel::Received::nothing:
        continue;
      case Channel::Received::closed:
        return ended;
      case Channel::Received::broken:
        return Error{"its process said what cannot be understood"};
      case Channel::Received::frame:
        break;
    }
    const auto opened = open_body(text_of(replied.body));
    if (opened && opened->first == Kind::reply) {
      if (decode(opened->second, replied.reply)) return replied;
    } else if (opened && hear(opened->first, opened->second)) {
      continue;
    }
    return Error{"its process said what cannot be understood"};
  }
  return Error{"its process gave no answer in time"};
}

void Run::end() noexcept {
  if (is_of_another()) {
    channel.forget();
  } else {
    channel.close();
    end_process(process_);
  }
  process_.close();
}

}  // namespace gatehouse::detail::isolation
