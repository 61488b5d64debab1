// SPDX-License-Identifier: Apache-2.0
// What a connection notes of each request for the access log.
#include <cstdint>  // Boost 1.83's field.hpp needs it and does not name it

#include <boost/beast/http/field.hpp>
#include <string>

#include "connection.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

namespace {

constexpr int caller_left_status = 499;  // as nginx writes it

}  // namespace

void Connection::name_request() {
  name_.assign(std::to_string(number_)).append(1, '-').append(std::to_string(++requests_));
}

/// Copies: the head's bytes may be gone when the line is written.
void Connection::note_request(bool refused) {
  access_.user.clear();
  access_.bytes = 0;
  if (!door_->access_log) return;
  access_.began = std::chrono::steady_clock::now();
  access_.method.assign(head_.method);
  // A target that was refused may be a URL with a password in it.
  access_.target.assign(refused && !head_.target.starts_with('/') ? std::string_view("-") : head_.target);
  access_.agent.clear();
  access_.log = door_->access_log;
  for (std::size_t i = 0; i < head_.fields.list.size(); ++i) {
    if (static_cast<boost::beast::http::field>(head_.fields.ids[i]) != boost::beast::http::field::user_agent) continue;
    access_.agent.assign(head_.fields.list[i].value);
    break;
  }
}

void Connection::log_request() {
  if (!access_.log) return;
  const auto log = std::move(access_.log);
  worker_.log_access(log, {.client = origin_.client,
                           .user = access_.user,
                           .method = access_.method,
                           .target = access_.target,
                           .minor = head_.minor,
                           .status = access_.status == 0 ? caller_left_status : access_.status,
                           .bytes = access_.bytes,
                           .agent = access_.agent,
                           .request = name_,
                           .time = std::chrono::steady_clock::now() - access_.began});
}

}  // namespace gatehouse::proxy
