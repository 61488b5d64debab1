// SPDX-License-Identifier: Apache-2.0
// One question, from this process to the helper and back.
#include <algorithm>

#include "boundary/str.hpp"
#include "isolation/remote.hpp"

namespace gatehouse::detail::isolation {
namespace {

using std::chrono::milliseconds;

/// How often a call looks whether anybody still waits for it.
constexpr milliseconds look_again{100};
constexpr std::size_t most_claims = 16;

Ask question(const gatehouse_request& request, std::uint64_t id, std::uint32_t remaining_ms) {
  Ask ask{.id = id,
          .remaining_ms = remaining_ms,
          .credential = request.credential,
          .realm = view(request.realm),
          .user = view(request.user),
          .password = view(request.password),
          .token = view(request.token),
          .state = view(request.state),
          .responses = {},
          .attributes = {}};
  for (std::size_t i = 0; i < request.response_count; ++i) ask.responses.push_back(view(request.responses[i]));
  for (std::size_t i = 0; i < request.attribute_count; ++i) {
    ask.attributes.emplace_back(view(request.attributes[i].name), view(request.attributes[i].value));
  }
  return ask;
}

}  // namespace

/// A call's place among those that the helper works on.
class Remote::Seat {
 public:
  Seat(Remote& remote, const std::shared_ptr<Run>& run) : remote_(remote), run_(run) {
    const std::lock_guard lock(remote.mutex_);
    id_ = ++remote.last_id_;
    if (remote.run_ != run) {
      held.lost = true;
    } else {
      remote.held_.emplace(id_, &held);
    }
  }
  /// Not answered yet: it is given up.
  ~Seat() {
    try {
      {
        const std::lock_guard lock(remote_.mutex_);
        if (remote_.held_.erase(id_) == 0 || !asked) return;
        remote_.overdue_.emplace(id_, std::chrono::steady_clock::now());
      }
      run_->channel.send(Writer(Kind::abandon).wide(id_).take(), send_patience);
    } catch (...) {
      run_->channel.close();  // memory ran out
    }
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  void answered() noexcept {
    const std::lock_guard lock(remote_.mutex_);
    remote_.held_.erase(id_);
  }

  Held held;
  bool asked = false;

 private:
  Remote& remote_;
  const std::shared_ptr<Run>& run_;
  std::uint64_t id_ = 0;
};

gatehouse_verdict Remote::authenticate(const gatehouse_request& request, gatehouse_call* call) {
  const std::shared_ptr<Run> run = current();
  if (!run) return unavailable(call, GATEHOUSE_REASON_BACKEND_ERROR, "its process ended and is not back yet");
  Seat seat(*this, run);
  std::uint32_t left = api_->remaining_ms(host_, call);
  if (left > 0 && !seat.held.lost) {
    seat.asked = true;
    run->channel.send(encode(question(request, seat.id(), left)), send_patience);
  }
  for (std::size_t claims = 0; claims <= most_claims; left = api_->remaining_ms(host_, call)) {
    if (left == 0) return unavailable(call, GATEHOUSE_REASON_TIMEOUT, "no answer within its time");
    const auto said = next(seat.held, run, std::min(milliseconds(left), look_again));
    if (!said) {
      if (seat.held.lost) return unavailable(call, GATEHOUSE_REASON_BACKEND_ERROR, "its process ended");
      continue;
    }
    if (said->first == Kind::answer) {
      seat.answered();
      const auto verdict = tell(call, text_of(said->second));
      if (!verdict) break;
      return *verdict;
    }
    Claim claim;
    if (const auto opened = open_body(text_of(said->second)); !opened || !decode(opened->second, claim)) break;
    const bool go_on = api_->claim_subject(host_, call, as_str(claim.subject)) == 1;
    run->channel.send(encode(Admitted{.id = claim.id, .go_on = go_on}), send_patience);
    ++claims;
  }
  run->channel.close();
  return unavailable(call, GATEHOUSE_REASON_PLUGIN_FAULT, garbled_words);
}

/// The helper's answer, told to the engine in a plugin's words; nullopt: it cannot be read.
std::optional<gatehouse_verdict> Remote::tell(gatehouse_call* call, std::string_view body) {
  WireAnswer answer;
  const auto opened = open_body(body);
  if (!opened || !decode(opened->second, answer)) return std::nullopt;
  set_cost(answer.refusal_cost_us);
  if (!answer.subject.empty()) api_->set_subject(host_, call, as_str(answer.subject));
  for (const std::string_view group : answer.groups) api_->add_group(host_, call, as_str(group));
  for (const auto& [name, value] : answer.attributes) api_->add_attribute(host_, call, as_str(name), as_str(value));
  if (answer.expiry_ms) api_->set_expiry(host_, call, *answer.expiry_ms);
  if (answer.reason != GATEHOUSE_REASON_NONE) api_->set_reason(host_, call, answer.reason);
  if (!answer.detail.empty()) api_->set_detail(host_, call, as_str(answer.detail));
  if (answer.no_store) api_->no_store(host_, call);
  if (answer.cache_until_ms) api_->cache_until(host_, call, *answer.cache_until_ms);
  for (const WireChallenge& given : answer.challenges) {
    std::vector<gatehouse_pair> parameters;
    for (const auto& [name, value] : given.parameters) parameters.push_back({as_str(name), as_str(value)});
    const gatehouse_challenge challenge{sizeof(gatehouse_challenge), given.kind,        as_str(given.scheme),
                                        parameters.data(),           parameters.size(), as_str(given.state)};
    static_cast<void>(api_->add_challenge(host_, call, &challenge));
  }
  return answer.verdict;
}

gatehouse_verdict Remote::unavailable(gatehouse_call* call, gatehouse_reason reason, std::string_view why) {
  api_->set_reason(host_, call, reason);
  api_->set_detail(host_, call, as_str(why));
  api_->no_store(host_, call);
  return GATEHOUSE_VERDICT_UNAVAILABLE;
}

/// The helper that answers now. Without a thread that looks after it, who asks does.
std::shared_ptr<Run> Remote::current() {
  std::unique_lock lock(mutex_);
  if (run_ && run_->is_of_another()) let_go();
  if (settings_.threads || stopping_) return run_;
  const std::shared_ptr<Run> run = run_;
  lock.unlock();
  if (run && hangs()) lose(run);
  lock.lock();
  if (!run_ && !launching_ && std::chrono::steady_clock::now() >= next_attempt_) {
    next_attempt_ = SteadyTime::max();  // one at a time
    lock.unlock();
    attempt();
    lock.lock();
  }
  return run_;
}

std::optional<std::pair<Kind, Bytes>> Remote::next(Held& held, const std::shared_ptr<Run>& run, milliseconds wait) {
  const SteadyTime until = std::chrono::steady_clock::now() + wait;
  std::unique_lock lock(mutex_);
  while (!held.said && !held.lost && std::chrono::steady_clock::now() < until) {
    if (settings_.threads || reading_) {
      held.changed.wait_until(lock, until);
      continue;
    }
    reading_ = true;
    lock.unlock();
    const bool alive = pump(*run, until);
    lock.lock();
    reading_ = false;
    lock.unlock();
    if (!alive) lose(run);
    lock.lock();
    for (auto& [id, other] : held_) other->changed.notify_all();
  }
  auto said = std::move(held.said);
  held.said.reset();
  return said;
}

/// To the call that it is about. False: there is no such call, or it has not taken what came before.
bool Remote::deliver(Kind kind, Reader in, Bytes body) {
  const std::uint64_t id = in.wide();
  if (!in.ok()) return false;
  const std::lock_guard lock(mutex_);
  if (const auto found = held_.find(id); found != held_.end()) {
    auto& said = found->second->said;
    // An answer may come before it was heard whether the call may go on: its time was up there.
    if (said && (kind == Kind::claim || said->first == Kind::answer)) return false;
    said.emplace(kind, std::move(body));
    found->second->changed.notify_all();
    return true;
  }
  const auto late = overdue_.find(id);
  if (late == overdue_.end()) return false;
  if (kind == Kind::answer) overdue_.erase(late);
  return true;
}

void Remote::list_costs(void* context, void (*add)(void* context, gatehouse_str what, std::uint32_t microseconds)) {
  Problems problems;
  const auto run = launch(false, problems);
  Replied replied;
  Pairs listed;
  constexpr std::size_t most = 64;
  if (!run || !obey(*run, Writer(Kind::costs).take(), problems, replied) ||
      !decode(Reader(replied.reply.payload), listed, most)) {
    return;
  }
  for (const auto& [what, time] : listed) {
    std::uint32_t microseconds = 0;
    Reader number(time);
    microseconds = number.number();
    if (number.whole()) add(context, as_str(what), microseconds);
  }
}

}  // namespace gatehouse::detail::isolation
