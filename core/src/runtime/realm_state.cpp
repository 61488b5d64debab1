// SPDX-License-Identifier: Apache-2.0
#include "runtime/realm_state.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "region/source_network.hpp"
#include "runtime/flight.hpp"
#include "text/utf8.hpp"

namespace gatehouse::detail {
namespace {

constexpr std::chrono::milliseconds usual_timeout{30'000};
constexpr std::size_t max_responses = 16;

std::shared_ptr<const Answer> prepared(DecisionCode code, Reason reason, bool cached = false) {
  auto answer = std::make_shared<Answer>();
  answer->cached = cached;
  answer->code = code;
  answer->reason = reason;
  if (code == DecisionCode::unavailable) answer->retry_after = std::chrono::seconds(5);
  return answer;
}

/// RFC 7617, 2: neither part may hold a control character. The rest are the limits of request.hpp.
bool is_plausible(const Request& request) noexcept {
  switch (request.credential) {
    case CredentialKind::password:
      return !request.user.empty() && request.user.size() <= max_user_size && !request.password.empty() &&
             request.password.size() <= max_password_size && text::is_utf8(request.user) &&
             !text::has_control(request.user) && !text::has_control(request.password);
    case CredentialKind::bearer:
      return !request.token.empty() && request.token.size() <= max_token_size;
    case CredentialKind::response: {
      const auto too_long = [](std::string_view text) { return text.size() > max_password_size; };
      return request.state.size() <= 4096 && request.responses.size() <= max_responses &&
             std::none_of(request.responses.begin(), request.responses.end(), too_long) &&
             request.user.size() <= max_user_size;
    }
    case CredentialKind::none:
      break;
  }
  return false;
}

/// Blocks one thread in decide().
class SyncWaiter final : public Engine::Waiter {
 public:
  void put(std::shared_ptr<const Answer> answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
    over_ = true;
    changed_.notify_all();
  }
  void released() noexcept override {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] std::shared_ptr<const Answer> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return over_; });
    return std::move(answer_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const Answer> answer_;
  bool over_ = false;
};

}  // namespace

RealmState::RealmState(std::shared_ptr<Engine> shared_engine, const config::RealmDefinition& realm,
                       std::vector<std::shared_ptr<Backend>> backends, const config::CacheSettings& cache_settings,
                       const config::ThrottleSettings& throttle_settings, RealmAudit audit_log)
    : engine(std::move(shared_engine)),
      name(realm.name),
      display_name(realm.display_name.empty() ? realm.name : realm.display_name),
      chain(std::move(backends)),
      timeout(realm.timeout.count() != 0 ? realm.timeout : usual_timeout),
      cache(cache_settings),
      throttle(throttle_settings),
      audit(std::move(audit_log)),
      definition(),
      counts_(engine->metrics.realm(name)),
      longest_remembered_(
          counts_->remembers_for(cache.ttl.count() == 0 ? cache.ttl : cache.ttl + cache.stale_if_unavailable)),
      no_credential_(prepared(DecisionCode::denied, Reason::no_credential)),
      bad_credential_(prepared(DecisionCode::denied, Reason::bad_credential)),
      still_wrong_(prepared(DecisionCode::denied, Reason::bad_credential, true)),
      not_started_(prepared(DecisionCode::unavailable, Reason::not_started)),
      out_of_memory_(prepared(DecisionCode::unavailable, Reason::overload)) {
  PartsDigest digest;
  digest.add(name);
  for (const auto& backend : chain) {
    const Digest& part = backend->definition;
    digest.add(std::string_view(reinterpret_cast<const char*>(part.data()), part.size()));
    backend_counts_.push_back(&counts_->of(backend->settings.name));
    credentials |= backend->instance->credentials();
    epochs.push_back(backend->instance->epochs());
    for (const std::string& attribute : backend->instance->plugin().attributes) declared.emplace_back(attribute);
  }
  // A shorter time to live counts at once, also for what was remembered under a longer one.
  digest.add(static_cast<std::uint64_t>(cache.ttl.count()));
  std::sort(declared.begin(), declared.end());
  declared.erase(std::unique(declared.begin(), declared.end()), declared.end());
  definition = digest.finish();
}

CacheKey RealmState::key_of(const Request& request) const noexcept {
  return engine->memory->keys.make(definition, request, declared);
}

std::shared_ptr<const Answer> RealmState::settle(const Request& request, GrantCache::Lookup how) const noexcept {
  if (!engine->running()) {
    counts_->unasked_unavailable.add();
    return not_started_;
  }
  if (request.credential == CredentialKind::none || !accepts(request.credential) || !is_plausible(request)) {
    counts_->unasked_denied.add();
    return request.credential == CredentialKind::none ? no_credential_ : bad_credential_;
  }
  if (request.credential == CredentialKind::response) return nullptr;
  if (cache.ttl.count() == 0) return nullptr;
  const CacheKey key = key_of(request);
  if (auto grant = engine->memory->grants.find(key, epochs, how)) {
    counts_->cache_hits.add();
    return grant;
  }
  if (!is_remembered_refusal(key, request)) return nullptr;
  counts_->remembered_refusals.add();
  return still_wrong_;
}

bool RealmState::is_remembered_refusal(const CacheKey& key, const Request& request) const noexcept {
  if (cache.negative_ttl.count() == 0) return false;
  try {
    const std::string network = source_network(client_address(request), {throttle.ipv4_prefix, throttle.ipv6_prefix});
    return engine->memory->refusals.find(key, engine->memory->throttle.source(network), epochs);
  } catch (...) {
    return false;  // out of memory: a backend is asked
  }
}

std::shared_ptr<const Answer> RealmState::decide(const std::shared_ptr<const RealmState>& self, const Request& request,
                                                 std::chrono::milliseconds limit) const {
  const auto time = limit.count() > 0 ? std::min(limit, timeout) : timeout;
  if (engine->inline_calls()) {
    const Engine::InlineCall inside(*engine);
    if (!engine->running()) return not_started_;
    // Due work comes first: it may drop what settle() would still find.
    for (const auto& backend : chain) backend->background.run_if_due(engine->clock.steady());
    if (auto answer = settle(request, GrantCache::Lookup::whole)) return answer;
    return Flight::run_inline(self, request, time);
  }
  if (auto answer = settle(request, GrantCache::Lookup::whole)) return answer;
  const auto waiter = std::make_shared<SyncWaiter>();
  if (!engine->add(*waiter)) return not_started_;
  const Engine::Listed listed(*engine, *waiter);
  const Seat seat = Flight::launch(self, request, time,
                                   [waiter](std::shared_ptr<const Answer> answer) { waiter->put(std::move(answer)); });
  auto answer = waiter->wait();
  if (answer) return answer;
  seat.leave();
  return not_started_;
}

bool RealmState::belongs_elsewhere(std::string_view subject, const Backend& vouching) const noexcept {
  if (subject.empty() || !vouching.settings.subject_prefix.empty()) return false;
  return std::any_of(chain.begin(), chain.end(), [&](const auto& backend) {
    const std::string& prefix = backend->settings.subject_prefix;
    return !prefix.empty() && subject.starts_with(prefix);
  });
}

void RealmState::count(std::size_t index, DecisionCode code, std::chrono::nanoseconds time) const noexcept {
  backend_counts_[index]->add(code);
  counts_->add_latency(time);
}

std::chrono::microseconds RealmState::refusal_floor() const noexcept {
  std::chrono::microseconds longest{0};
  for (const auto& backend : chain) longest = std::max(longest, backend->floor());
  return longest;
}

}  // namespace gatehouse::detail
