// SPDX-License-Identifier: Apache-2.0
#include "server_list.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::ldap {

ServerList::ServerList(std::vector<ServerAddress> servers, Milliseconds cool_down) : cool_down_(cool_down) {
  for (ServerAddress& server : servers) states_.push_back({std::move(server)});
}

ServerList::State* ServerList::find(const ServerAddress& server) {
  return const_cast<State*>(std::as_const(*this).find(server));
}

const ServerList::State* ServerList::find(const ServerAddress& server) const {
  const auto found = std::find_if(states_.begin(), states_.end(), [&](const State& s) { return s.server == server; });
  return found == states_.end() ? nullptr : &*found;
}

std::vector<ServerAddress> ServerList::to_try(Time now) {
  const std::lock_guard lock(mutex_);
  std::vector<ServerAddress> order;
  for (const State& state : states_) {
    if (state.works) order.push_back(state.server);
  }
  if (!order.empty()) return order;
  for (State& state : states_) {
    if (state.next_try > now) continue;
    state.next_try = now + cool_down_;
    order.push_back(state.server);
  }
  return order;
}

std::vector<ServerAddress> ServerList::to_probe(Time now) {
  const std::lock_guard lock(mutex_);
  std::vector<ServerAddress> due;
  for (State& state : states_) {
    if (state.works || state.next_try > now) continue;
    state.next_try = now + cool_down_;
    due.push_back(state.server);
  }
  return due;
}

bool ServerList::failed(const ServerAddress& server, Time now, Milliseconds pause) {
  const std::lock_guard lock(mutex_);
  State* const state = find(server);
  if (state == nullptr) return false;
  state->paused_until = std::max(state->paused_until, now + pause);
  state->next_try = std::max(state->paused_until, now + cool_down_);
  return std::exchange(state->works, false);
}

bool ServerList::answered(const ServerAddress& server, Time now) {
  const std::lock_guard lock(mutex_);
  State* const state = find(server);
  if (state == nullptr) return false;
  state->answered = std::max(state->answered, now);
  if (now < state->paused_until) return false;
  return !std::exchange(state->works, true);
}

bool ServerList::is_paused(const ServerAddress& server, Time now) const {
  const std::lock_guard lock(mutex_);
  const State* const state = find(server);
  return state != nullptr && now < state->paused_until;
}

bool ServerList::has_answered_since(const ServerAddress& server, Time when) const {
  const std::lock_guard lock(mutex_);
  const State* const state = find(server);
  return state != nullptr && state->answered >= when;
}

bool ServerList::is_best(const ServerAddress& server) const {
  const std::lock_guard lock(mutex_);
  for (const State& state : states_) {
    if (state.server == server) return true;
    if (state.works) return false;
  }
  return false;
}

bool ServerList::all_work() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(states_.begin(), states_.end(), [](const State& state) { return state.works; });
}

bool ServerList::replace(const std::vector<ServerAddress>& servers) {
  const std::lock_guard lock(mutex_);
  std::vector<State> next;
  for (const ServerAddress& server : servers) {
    const State* const known = find(server);
    next.push_back(known == nullptr ? State{server} : *known);
  }
  const bool same = std::equal(next.begin(), next.end(), states_.begin(), states_.end(),
                               [](const State& a, const State& b) { return a.server == b.server; });
  states_ = std::move(next);
  return !same;
}

}  // namespace gatehouse::ldap
