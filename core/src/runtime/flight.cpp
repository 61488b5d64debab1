// SPDX-License-Identifier: Apache-2.0
#include "runtime/flight.hpp"

#include <algorithm>

#include "chain/chain.hpp"
#include "log/log_queue.hpp"

namespace gatehouse::detail {
namespace {

/// What a program is told to wait before it asks again.
constexpr std::chrono::seconds usual_retry_after{5};

BackendAnswer unavailable(Reason reason, std::string_view detail) {
  BackendAnswer answer;
  answer.reason = reason;
  answer.detail = detail;
  return answer;
}

/// A name that a stranger chose, for the log: its end cannot be forged, and it leaves room for the rest of the line.
std::string in_quotes(std::string_view name) {
  constexpr std::size_t longest = 200;
  std::string out = "\"";
  for (const char c : log_safe(name)) {
    if (out.size() > longest && (static_cast<unsigned char>(c) & 0xC0U) != 0x80) return out + "...\"";
    if (c == '"') {
      out += "\\x22";
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// A larger identity is asked for each time: what is remembered is bounded in entries, and this bounds an entry.
constexpr std::size_t max_remembered = 64 * 1024;

std::size_t size_of(const Identity& identity) noexcept {
  constexpr std::size_t per_text = sizeof(std::string);
  std::size_t size = identity.subject.size();
  for (const std::string& group : identity.groups) size += per_text + group.size();
  for (const auto& [name, value] : identity.attributes) size += 2 * per_text + name.size() + value.size();
  return size;
}

bool is_held(DecisionCode code) noexcept {
  return code == DecisionCode::denied || code == DecisionCode::forbidden || code == DecisionCode::throttled;
}

}  // namespace

/// One backend's turn. It keeps alive what a worker uses: the flight, and with it the realm and the backend.
class Flight::StepJob final : public Job {
 public:
  StepJob(std::shared_ptr<Flight> flight, std::size_t index, std::shared_ptr<Backend> backend, SteadyTime latest)
      : flight_(std::move(flight)),
        request_(flight_->request_),
        index_(index),
        backend_(std::move(backend)),
        latest_(latest) {}

  void run() noexcept override {
    // Once the engine ends no plugin begins with what is still in the queue: stop() waits for it.
    if (!flight_->realm_->engine->running()) {
      request_.reset();
      flight_->answered(index_, unavailable(Reason::not_started, "it is not running"), std::chrono::microseconds(0));
      return;
    }
    flight_->began();
    std::chrono::microseconds time{0};
    BackendAnswer answer = flight_->ask(*backend_, request_->get(), latest_, abandoned(), time);
    request_.reset();
    flight_->answered(index_, std::move(answer), time);
  }

  void timed_out() {
    backend_->pool.give_up(*this);
    flight_->answered(index_, unavailable(Reason::timeout, "no answer within its time"), backend_->settings.timeout);
  }

 private:
  std::shared_ptr<Flight> flight_;
  std::shared_ptr<const OwnedRequest> request_;
  std::size_t index_;
  std::shared_ptr<Backend> backend_;
  SteadyTime latest_;
};

Flight::Flight(std::shared_ptr<const RealmState> realm, const Request& request, SteadyTime deadline, Done done)
    : realm_(std::move(realm)),
      request_(std::make_shared<const OwnedRequest>(request)),
      deadline_(deadline),
      done_(std::move(done)) {}

std::shared_ptr<Flight> Flight::launch(std::shared_ptr<const RealmState> realm, const Request& request,
                                       std::chrono::milliseconds timeout, Done done) {
  const SteadyTime deadline = realm->engine->clock.steady() + timeout;
  auto flight = std::make_shared<Flight>(std::move(realm), request, deadline, std::move(done));
  flight->proceed();
  return flight;
}

std::shared_ptr<const Answer> Flight::run_inline(std::shared_ptr<const RealmState> realm, const Request& request,
                                                 std::chrono::milliseconds timeout) {
  static const std::atomic<bool> never_abandoned{false};
  std::shared_ptr<const Answer> result;
  const RealmState& state = *realm;
  Clock& clock = state.engine->clock;
  Flight flight(std::move(realm), request, clock.steady() + timeout,
                [&](std::shared_ptr<const Answer> answer) { result = std::move(answer); });
  for (bool more = true; more;) {
    Backend& backend = *state.chain[flight.index_];
    backend.background.run_if_due(clock.steady());
    std::chrono::microseconds time{0};
    auto answer = flight.unasked(backend);
    if (!answer) {
      flight.epochs_before_.emplace_back(flight.index_, backend.instance->epochs()->any());
      flight.began();
      answer = flight.ask(backend, flight.request_->get(), flight.latest_for(backend), never_abandoned, time);
    }
    more = flight.take(std::move(*answer), time);
  }
  return result;
}

SteadyTime Flight::latest_for(const Backend& backend) const {
  return std::min(deadline_, realm_->engine->clock.steady() + backend.settings.timeout);
}

BackendAnswer Flight::ask(Backend& backend, const Request& request, SteadyTime latest,
                          const std::atomic<bool>& abandoned, std::chrono::microseconds& time) {
  Clock& clock = realm_->engine->clock;
  const SteadyTime began = clock.steady();
  BackendAnswer answer = backend.instance->ask(request, realm_->name, latest, abandoned, realm_->engine->admit);
  time = std::chrono::duration_cast<std::chrono::microseconds>(clock.steady() - began);
  if (answer.verdict == VerdictCode::granted || answer.verdict == VerdictCode::denied) {
    backend.refusal_floor.observe(time);
  }
  return answer;
}

std::optional<BackendAnswer> Flight::unasked(const Backend& backend) const {
  if ((backend.instance->credentials() & static_cast<CredentialKinds>(request_->get().credential)) == 0) {
    BackendAnswer answer;
    answer.verdict = VerdictCode::not_mine;
    answer.detail = "takes no such credential";
    return answer;
  }
  if (realm_->engine->clock.steady() >= deadline_) return unavailable(Reason::timeout, "no time was left");
  return std::nullopt;
}

void Flight::proceed() {
  for (;;) {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    const std::size_t index = index_;
    const std::shared_ptr<Backend>& backend = realm_->chain[index];
    auto answer = unasked(*backend);
    if (!answer) {
      epochs_before_.emplace_back(index, backend->instance->epochs()->any());
      const SteadyTime latest = latest_for(*backend);
      job_ = std::make_shared<StepJob>(shared_from_this(), index, backend, latest);
      step_timer_ = realm_->engine->timers.at(latest, [job = job_] { job->timed_out(); });
      switch (backend->pool.submit(job_)) {
        case WorkerPool::Submitted::taken:
          return;
        case WorkerPool::Submitted::full:
          answer = unavailable(Reason::overload, "its queue is full");
          break;
        case WorkerPool::Submitted::stuck:
          answer = unavailable(Reason::overload, "all its workers are stuck");
          break;
        case WorkerPool::Submitted::stopped:
          answer = unavailable(Reason::not_started, "it is not running");
          break;
      }
      realm_->engine->timers.cancel(step_timer_);
      job_.reset();
    }
    if (!take(std::move(*answer), std::chrono::microseconds(0))) return;
  }
}

void Flight::began() {
  const std::lock_guard lock(mutex_);
  if (!service_began_) service_began_ = realm_->engine->clock.steady();
}

void Flight::answered(std::size_t index, BackendAnswer answer, std::chrono::microseconds time) {
  {
    const std::lock_guard lock(mutex_);
    if (index != index_) return;
    // Also when nobody waits any more: the worker is back, there is nothing left to watch.
    realm_->engine->timers.cancel(step_timer_);
    if (finished_ || !job_) return;
    job_.reset();
    if (!take(std::move(answer), time)) return;
  }
  proceed();
}

bool Flight::take(BackendAnswer answer, std::chrono::microseconds time) {
  const Backend& backend = *realm_->chain[index_];
  if (realm_->belongs_elsewhere(answer.identity.subject, backend)) {
    answer = unavailable(Reason::plugin_fault, "its subject begins with the prefix of another backend");
  }
  steps_.push_back({.backend = backend.settings.name,
                    .verdict = answer.verdict,
                    .reason = answer.reason,
                    .detail = answer.detail,
                    .time = time});
  if (answer.throttled) {
    answer.reason = Reason::throttled;
    finish(DecisionCode::throttled, std::move(answer));
    return false;
  }
  const bool last = index_ + 1 == realm_->chain.size();
  const ChainStep step = next_step(answer.verdict, backend.settings.on_unavailable, last, missed_);
  if (step.missed && !missed_) {
    missed_reason_ = answer.reason;
    missed_detail_ = backend.settings.name + ": " + answer.detail;
  }
  missed_ = step.missed;
  if (!step.ask_next) {
    finish(step.code, std::move(answer));
    return false;
  }
  ++index_;
  return true;
}

void Flight::finish(DecisionCode code, BackendAnswer answer) {
  finished_ = true;
  auto made = std::make_shared<Answer>();
  made->code = code;
  made->reason = answer.reason;
  made->detail = std::move(answer.detail);
  made->claimed_subject = answer.claimed;
  made->steps = std::move(steps_);
  if (code == DecisionCode::unavailable) {
    if (missed_) {
      made->reason = missed_reason_;
      made->detail = missed_detail_;
    }
    made->retry_after = usual_retry_after;
  }
  if (code == DecisionCode::granted || code == DecisionCode::forbidden) {
    made->identity = answer.identity;
    if (!made->identity.subject.empty()) {
      made->identity.subject.insert(0, realm_->chain[index_]->settings.subject_prefix);
    }
  }
  if (code == DecisionCode::challenge || code == DecisionCode::denied || code == DecisionCode::forbidden) {
    made->challenges = std::move(answer.challenges);
  }
  if (code == DecisionCode::granted) {
    remember(answer, *made);
  } else {
    report(*made);
  }
  request_.reset();
  deliver(std::move(made));
}

void Flight::report(const Answer& made) const noexcept {
  try {
    const Request& asked = request_->get();
    std::string line = "realm " + realm_->name + ": " + std::string(to_string(made.code));
    if (asked.credential == CredentialKind::password) line += ' ' + in_quotes(asked.user);
    if (!made.claimed_subject.empty() && made.claimed_subject != asked.user)
      line += " as " + in_quotes(made.claimed_subject);
    for (const Attribute& attribute : asked.attributes) {
      if (attribute.name == "client.address") line += " from " + std::string(attribute.value);
    }
    line += ": " + std::string(to_string(made.reason)) + " (" + realm_->chain[index_]->settings.name;
    if (!made.detail.empty()) line += ": " + made.detail;
    line += ')';
    const auto level = made.code == DecisionCode::unavailable ? LogLevel::warning : LogLevel::info;
    realm_->engine->log.add_limited(level, line, realm_->engine->clock.steady());
  } catch (...) {
    return;
  }
}

void Flight::remember(const BackendAnswer& answer, const Answer& made) {
  Engine& engine = *realm_->engine;
  if (missed_ || answer.no_store || realm_->cache.ttl.count() == 0 ||
      request_->get().credential == CredentialKind::response || size_of(made.identity) > max_remembered) {
    return;
  }
  Conditions conditions;
  for (const auto& [index, before] : epochs_before_) {
    const std::shared_ptr<Epochs>& epochs = realm_->chain[index]->instance->epochs();
    if (index != index_) {
      conditions.earlier.emplace_back(epochs, before);
      continue;
    }
    conditions.granting = epochs;
    conditions.subject = answer.identity.subject;
    // Read first, compare then: whoever sees a subject's new number sees here that something moved.
    conditions.subject_epoch = epochs->of(conditions.subject);
    if (epochs->any() != before) return;
  }
  auto keep = realm_->cache.ttl;
  if (answer.cache_until_ms) {
    // Compared before it is subtracted: a plugin may say any number.
    const std::int64_t now = engine.clock.wall().time_since_epoch().count();
    if (*answer.cache_until_ms <= now) return;
    keep = std::min(keep, std::chrono::milliseconds(*answer.cache_until_ms - now));
  }
  auto copy = std::make_shared<Answer>(made);
  copy->steps.clear();
  copy->detail.clear();
  copy->cached = true;
  engine.grants.store(engine.keys.make(realm_->definition, request_->get(), realm_->declared), std::move(copy),
                      std::move(conditions), engine.clock.steady() + keep, realm_->cache.entries);
}

void Flight::deliver(std::shared_ptr<const Answer> answer) {
  if (!done_) return;
  Engine& engine = *realm_->engine;
  if (service_began_ && is_held(answer->code)) {
    const SteadyTime release =
        std::min(*service_began_ + realm_->refusal_floor(), std::max(deadline_, *service_began_));
    if (engine.clock.steady() < release) {
      if (engine.inline_calls()) {
        engine.clock.sleep_until(release);
      } else {
        engine.timers.at(release, [self = shared_from_this(), answer] {
          Done done;
          {
            const std::lock_guard lock(self->mutex_);
            done = std::move(self->done_);
            self->done_ = nullptr;
          }
          if (done) done(answer);
        });
        return;
      }
    }
  }
  const Done done = std::move(done_);
  done_ = nullptr;
  done(std::move(answer));
}

void Flight::abandon() noexcept {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  done_ = nullptr;
  request_.reset();
  if (!job_) return;
  // A worker that is already at it keeps its timer: if it does not come back in time it counts as stuck.
  if (realm_->chain[index_]->pool.abandon(*job_)) realm_->engine->timers.cancel(step_timer_);
  job_.reset();
}

}  // namespace gatehouse::detail
