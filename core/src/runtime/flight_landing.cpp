// SPDX-License-Identifier: Apache-2.0
// How a flight ends: its answer is held and given, its callers leave, or memory runs out.
#include "runtime/flight.hpp"

namespace gatehouse::detail {

void Flight::deliver(const std::shared_ptr<const Answer>& answer) {
  Engine& engine = *realm_->engine;
  const auto release = held_until(answer->code);
  if (release && engine.clock.steady() < *release) {
    if (!engine.inline_calls()) {
      engine.timers.at(*release, [self = shared_from_this(), answer] {
        const std::lock_guard lock(self->mutex_);
        self->give(answer);
      });
      held_ = true;
      return;
    }
    engine.clock.sleep_until(*release);
  }
  give(answer);
}

void Flight::give(const std::shared_ptr<const Answer>& answer) noexcept {
  if (given_) return;
  land();
  const auto callers = std::move(callers_);
  callers_.clear();
  for (std::size_t i = 0; i < callers.size(); ++i) {
    if (i == 0 || !alone_) {
      callers[i].second(answer);
      continue;
    }
    // Good for one caller only: each of the others asks for itself.
    std::shared_ptr<Flight> own;
    try {
      own = std::make_shared<Flight>(realm_, request_->get(), deadline_, callers[i].second);
    } catch (...) {
      callers[i].second(realm_->out_of_memory());
    }
    if (own) own->begin();
  }
  request_.reset();
}

void Flight::land() noexcept {
  given_ = true;
  realm_->engine->flights.leave(key_, this);
}

void Flight::leave(std::uint64_t seat) noexcept {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(callers_, [&](const auto& caller) { return caller.first == seat; });
    if (!callers_.empty()) return;
  }
  abandon();
}

void Flight::abandon() noexcept {
  const std::lock_guard lock(mutex_);
  callers_.clear();
  if (finished_) return;
  finished_ = true;
  land();
  request_.reset();
  stop_waiting();
}

void Flight::fail() noexcept {
  const std::lock_guard lock(mutex_);
  if (given_ || held_) return;
  finished_ = true;
  stop_waiting();
  give(realm_->out_of_memory());
}

void Flight::stop_waiting() noexcept {
  if (!job_) return;
  // A worker that is already at it keeps its timer: if it does not come back in time it counts as stuck.
  if (realm_->chain[index_]->pool.abandon(*job_)) realm_->engine->timers.cancel(step_timer_);
  job_.reset();
}

}  // namespace gatehouse::detail
