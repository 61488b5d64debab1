// SPDX-License-Identifier: Apache-2.0
#include "runtime/flight.hpp"

#include <algorithm>

#include "chain/chain.hpp"

namespace gatehouse::detail {
namespace {

/// What a program is told to wait before it asks again.
constexpr std::chrono::seconds usual_retry_after{5};

BackendAnswer unavailable(Reason reason, std::string_view detail) noexcept {
  BackendAnswer answer;
  answer.reason = reason;
  try {
    answer.detail = detail;
  } catch (...) {
    answer.detail.clear();  // out of memory: the reason says it too
  }
  return answer;
}

BackendAnswer throttled() noexcept {
  return unavailable(Reason::throttled, "too many guesses");
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

  [[nodiscard]] std::uint64_t origin() const noexcept override { return flight_->attempt_.source(); }
  [[nodiscard]] SteadyTime latest() const noexcept override { return latest_; }
  void dropped() noexcept override { flight_->abandon(); }

  void run() noexcept override {
    // Once the engine ends no plugin begins with what is still in the queue: stop() waits for it.
    if (!flight_->realm_->engine->running()) {
      request_.reset();
      flight_->answered(index_, unavailable(Reason::not_started, "it is not running"), std::chrono::microseconds(0));
      return;
    }
    flight_->began(index_);
    std::chrono::microseconds time{0};
    BackendAnswer answer = flight_->ask(*backend_, request_->get(), latest_, abandoned(), time);
    request_.reset();
    flight_->answered(index_, std::move(answer), time);
  }

  void timed_out() noexcept {
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

void Seat::leave() const noexcept {
  if (flight) flight->leave(number);
}

Flight::Flight(std::shared_ptr<const RealmState> realm, const Request& request, SteadyTime deadline, Done done)
    : realm_(std::move(realm)),
      request_(std::make_shared<const OwnedRequest>(request)),
      key_(realm_->key_of(request)),
      launched_(realm_->engine->clock.steady()),
      flushes_before_(realm_->engine->memory->grants.flushes()),
      deadline_(deadline),
      attempt_(realm_->engine->memory->throttle, realm_->engine->clock, realm_->throttle, realm_->name, request) {
  callers_.emplace_back(last_seat_, std::move(done));
  realm_->engine->metrics.in_flight.fetch_add(1, std::memory_order_relaxed);
}

Flight::~Flight() {
  realm_->engine->metrics.in_flight.fetch_sub(1, std::memory_order_relaxed);
}

Seat Flight::launch(const std::shared_ptr<const RealmState>& realm, const Request& request,
                    std::chrono::milliseconds timeout, const Done& done) {
  FlightTable& flights = realm->engine->flights;
  const SteadyTime now = realm->engine->clock.steady();
  const SteadyTime deadline = now + timeout;
  const bool shared = request.credential != CredentialKind::response;
  if (shared) {
    if (const auto going = flights.find(realm->key_of(request))) {
      if (const std::uint64_t seat = going->join(done, now, deadline); seat != 0) return {going, seat};
    }
  }
  auto flight = std::make_shared<Flight>(realm, request, deadline, done);
  Seat first{flight, flight->last_seat_};
  if (!shared) {
    flight->begin();
    return first;
  }
  if (const auto going = flights.enter(flight->key_, flight); going != flight) {
    if (const std::uint64_t seat = going->join(done, now, deadline); seat != 0) return {going, seat};
    flights.replace(flight->key_, flight);
  }
  // The answer may have come between the look into the cache and here.
  if (auto answer = realm->settle(request, GrantCache::Lookup::whole)) {
    const std::lock_guard lock(flight->mutex_);
    flight->finished_ = true;
    flight->give(answer);
  } else {
    flight->begin();
  }
  return first;
}

std::shared_ptr<const Answer> Flight::run_inline(std::shared_ptr<const RealmState> realm, const Request& request,
                                                 std::chrono::milliseconds timeout) {
  static const std::atomic<bool> never_abandoned{false};
  std::shared_ptr<const Answer> result;
  const RealmState& state = *realm;
  Clock& clock = state.engine->clock;
  Flight flight(std::move(realm), request, clock.steady() + timeout,
                [&](std::shared_ptr<const Answer> answer) { result = std::move(answer); });
  bool more = flight.attempt_.begin();
  if (!more) flight.finish(DecisionCode::throttled, throttled());
  while (more) {
    Backend& backend = *state.chain[flight.index_];
    backend.background.run_if_due(clock.steady());
    std::chrono::microseconds time{0};
    auto answer = flight.unasked(backend);
    flight.changes_before_.push_back(backend.instance->epochs()->noted());
    if (!answer) {
      flight.began(flight.index_);
      answer = flight.ask(backend, flight.request_->get(), flight.latest_for(backend), never_abandoned, time);
    }
    more = flight.take(std::move(*answer), time);
  }
  return result;
}

std::uint64_t Flight::join(const Done& done, SteadyTime now, SteadyTime deadline) {
  const std::lock_guard lock(mutex_);
  if (given_ || (finished_ && alone_) || has_aged()) return 0;
  // Whoever sits in is answered by this flight's deadline: not later than their own, and not much sooner.
  if (deadline_ > deadline || (deadline_ - now) * 2 < deadline - now) return 0;
  callers_.emplace_back(++last_seat_, done);
  return last_seat_;
}

void Flight::begin() noexcept {
  try {
    if (attempt_.begin()) return proceed();
    const std::lock_guard lock(mutex_);
    if (!finished_) finish(DecisionCode::throttled, throttled());
  } catch (...) {
    fail();
  }
}

SteadyTime Flight::latest_for(const Backend& backend) const {
  return std::min(deadline_, realm_->engine->clock.steady() + backend.settings.timeout);
}

BackendAnswer Flight::ask(Backend& backend, const Request& request, SteadyTime latest,
                          const std::atomic<bool>& abandoned, std::chrono::microseconds& time) {
  Clock& clock = realm_->engine->clock;
  const SteadyTime began = clock.steady();
  const Admit admit = [&](std::string_view subject) {
    return attempt_.claim(full_subject(backend, std::string(subject)));
  };
  BackendAnswer answer = backend.instance->ask(request, realm_->name, latest, abandoned, admit);
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
    changes_before_.push_back(backend->instance->epochs()->noted());
    if (!answer) {
      const SteadyTime latest = latest_for(*backend);
      const auto job = std::make_shared<StepJob>(shared_from_this(), index, backend, latest);
      step_timer_ = realm_->engine->timers.at(latest, [job] { job->timed_out(); });
      job_ = job;
      switch (backend->pool.submit(job_)) {
        case WorkerPool::Submitted::taken:
          return;
        case WorkerPool::Submitted::full:
          answer = unavailable(Reason::overload, "its queue is full");
          break;
        case WorkerPool::Submitted::late:
          answer = unavailable(Reason::overload, "its queue is too long for the time that is left");
          break;
        case WorkerPool::Submitted::stuck:
          stuck_ = true;
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

void Flight::began(std::size_t index) {
  const std::lock_guard lock(mutex_);
  if (index != index_) return;
  reached_ = true;
  if (!service_began_) service_began_ = realm_->engine->clock.steady();
}

void Flight::answered(std::size_t index, BackendAnswer answer, std::chrono::microseconds time) noexcept {
  const Region::Visit visit(*realm_->engine->memory->region);
  if (!visit) return abandon();  // the engine has ended
  try {
    {
      const std::lock_guard lock(mutex_);
      if (index != index_) return settle_late(*realm_->chain[index], answer);
      // Also when nobody waits any more: the worker is back, there is nothing left to watch.
      realm_->engine->timers.cancel(step_timer_);
      if (finished_ || !job_) return settle_late(*realm_->chain[index], answer);
      job_.reset();
      if (!take(std::move(answer), time)) return;
    }
    proceed();
  } catch (...) {
    fail();
  }
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
  weigh(answer);
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
  // What is held is held from the turn of the backend that is asked instead.
  if (step.missed && !missed_) service_began_.reset();
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
  alone_ = answer.no_store;
  realm_->count(index_, code, realm_->engine->clock.steady() - launched_);
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
    if (auto grant = stale_grant()) return deliver(grant);
    // Nobody knows the caller: that counts like the wrong secret of somebody who is known.
    if (missed_ && judged_) attempt_.was_wrong();
  }
  if (code == DecisionCode::throttled) made->retry_after = attempt_.retry_after();
  if (code == DecisionCode::granted || code == DecisionCode::forbidden) {
    made->identity = answer.identity;
    if (!made->identity.subject.empty()) {
      made->identity.subject = full_subject(*realm_->chain[index_], answer.identity.subject);
    }
  }
  if (code == DecisionCode::challenge || code == DecisionCode::denied || code == DecisionCode::forbidden) {
    made->challenges = std::move(answer.challenges);
  }
  if (code == DecisionCode::granted) {
    attempt_.was_right(made->identity.subject);
    remember(answer, *made);
  } else {
    if (code == DecisionCode::denied) {
      attempt_.was_wrong();
      if (made->challenges.empty()) remember_refusal(answer);
    }
    report(*made);
  }
  deliver(made);
}

}  // namespace gatehouse::detail
