// SPDX-License-Identifier: Apache-2.0
// A connection's answers to another proxy that asks whether a request may pass: 200, 401, 403, 429 or 503.
#include <algorithm>

#include "connection.hpp"
#include "original_request.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

namespace {

/// `lines` are whole header lines. Every name is told, what is not known as an empty value: some proxies that copy a
/// header keep the caller's own where there is none to copy.
http::Answer let_in(std::string_view lines, const http::IdentityHeaders::Names& names) {
  http::Answer answer;
  answer.status = 200;
  answer.headers.emplace_back("Content-Length", "0");
  answer.headers.emplace_back("Cache-Control", "no-store");
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    const auto colon = lines.find(": ");
    answer.headers.emplace_back(lines.substr(0, colon), lines.substr(colon + 2, end - colon - 2));
    lines.remove_prefix(end + 2);
  }
  for (const auto* name : {&names.user, &names.groups, &names.email, &names.name}) {
    const auto is_it = [&](const auto& header) { return header.first == *name; };
    if (!name->empty() && std::none_of(answer.headers.begin(), answer.headers.end(), is_it)) {
      answer.headers.emplace_back(*name, "");
    }
  }
  return answer;
}

}  // namespace

Awaitable<http::Answer> Connection::answer_proxy() {
  const auto& peers = door_->forward_auth_peers;
  if (!worker_.hub.may_ask(*door_, peer_)) co_return http::answer_fault(403, "You may not ask here.", asker());
  OriginalRequest original;
  if (const auto why = read_original(head_, door_->options.forward_auth_form, peers, original); !why.empty()) {
    worker_.hub.log_limited(LogLevel::warning, "forward-auth: " + std::string(why) + " Answered 403");
    co_return http::answer_fault(403, why, asker());
  }
  auto answer = co_await judge({original.method, original.target, original.host, original.from});
  if (!answer) co_return let_in(identity_lines_, door_->settings.identity.names());
  // Proxies pass these on, or take them for a fault of ours: a login is asked for with a challenge.
  if (answer->status >= 300 && answer->status < 400) co_return http::answer_refused(door_->offer, {});
  if (answer->status == 400) co_return http::answer_fault(403, "This request cannot be let in.", asker());
  co_return *std::move(answer);
}

}  // namespace gatehouse::proxy
