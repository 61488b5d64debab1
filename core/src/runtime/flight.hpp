// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One decision on its way through the chain.
///
/// It is finished exactly once: by a backend's answer, by a deadline, or by all of its callers leaving. An answer that
/// comes after that only tells the throttle what became of the guess. Where memory runs out, everybody who waits is
/// told to come again.
///
/// Who asks the same meanwhile sits in and gets the same answer: equal questions in flight cost one call. A flight can
/// be joined until its answer is given, also while a refusal is held: whether there is such an account is not to be
/// seen from when the second of two answers comes.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/attempt.hpp"
#include "runtime/owned_request.hpp"
#include "runtime/realm_state.hpp"
#include "workers/timer_queue.hpp"
#include "workers/worker_pool.hpp"

namespace gatehouse::detail {

using Done = std::function<void(std::shared_ptr<const Answer>)>;

class Flight;

/// One caller's place in a flight.
struct Seat {
  std::shared_ptr<Flight> flight;
  std::uint64_t number = 0;
  /// This caller waits no more; the last one takes the work along.
  void leave() const noexcept;
};

class Flight : public std::enable_shared_from_this<Flight> {
 public:
  /// Joins a flight that answers the same question, or begins one. `done` is called once, from a worker or the timer
  /// thread, or from here if that is soonest. Never after the seat was left.
  static Seat launch(const std::shared_ptr<const RealmState>& realm, const Request& request,
                     std::chrono::milliseconds timeout, const Done& done);
  /// The same on this thread, without workers or timers: returns the answer when the chain has come to its end.
  /// [may block]
  static std::shared_ptr<const Answer> run_inline(std::shared_ptr<const RealmState> realm, const Request& request,
                                                  std::chrono::milliseconds timeout);

  /// Nobody waits any more.
  void abandon() noexcept;
  void leave(std::uint64_t seat) noexcept;

  Flight(std::shared_ptr<const RealmState> realm, const Request& request, SteadyTime deadline, Done done);
  ~Flight();
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;

 private:
  class StepJob;
  /// 0: it can be joined no more, or would not be worth while.
  [[nodiscard]] std::uint64_t join(const Done& done, SteadyTime now, SteadyTime deadline);
  /// Counts the guess, then asks.
  void begin() noexcept;
  /// Hands the request to the backend at index_ and those after it that answer at once. Called without the lock.
  void proceed();
  void began(std::size_t index);
  void answered(std::size_t index, BackendAnswer answer, std::chrono::microseconds time) noexcept;
  /// Memory ran out on its way.
  void fail() noexcept;
  void stop_waiting() noexcept;
  /// What a backend that cannot be asked counts as; nullopt if it takes such a credential and there is time.
  [[nodiscard]] std::optional<BackendAnswer> unasked(const Backend& backend) const;
  /// Takes one verdict in. True: the next backend is to be asked. Called with the lock.
  bool take(BackendAnswer answer, std::chrono::microseconds time);
  void finish(DecisionCode code, BackendAnswer answer);
  /// Tells the operator what was not granted, and why.
  void report(const Answer& made) const noexcept;
  /// What one verdict says of the guess, and of what is remembered. Called with the lock.
  void weigh(const BackendAnswer& answer);
  /// Something was dropped since it was launched: its answer may be from before.
  [[nodiscard]] bool has_aged() const noexcept;
  void remember(const BackendAnswer& answer, const Answer& made);
  void remember_refusal(const BackendAnswer& answer);
  [[nodiscard]] std::shared_ptr<const Answer> stale_grant() const noexcept;
  /// What an answer that nobody waits for says of the guess.
  void settle_late(const Backend& backend, const BackendAnswer& answer) noexcept;
  [[nodiscard]] std::string full_subject(const Backend& backend, const std::string& subject) const;
  /// When this answer may be given.
  [[nodiscard]] std::optional<SteadyTime> held_until(DecisionCode code) const;
  void deliver(const std::shared_ptr<const Answer>& answer);
  void give(const std::shared_ptr<const Answer>& answer) noexcept;
  void land() noexcept;
  /// When this backend, asked now, is no longer waited for.
  [[nodiscard]] SteadyTime latest_for(const Backend& backend) const;
  [[nodiscard]] BackendAnswer ask(Backend& backend, const Request& request, SteadyTime latest,
                                  const std::atomic<bool>& abandoned, std::chrono::microseconds& time);

  std::shared_ptr<const RealmState> realm_;
  std::shared_ptr<const OwnedRequest> request_;
  const CacheKey key_;
  SteadyTime launched_;
  const std::uint64_t flushes_before_;
  SteadyTime deadline_;
  Attempt attempt_;

  std::mutex mutex_;
  std::vector<std::pair<std::uint64_t, Done>> callers_;
  std::uint64_t last_seat_ = 1;
  bool given_ = false;  ///< it can be joined no more
  bool held_ = false;   ///< a timer gives its answer
  bool alone_ = false;  ///< the answer is for the first caller only
  std::size_t index_ = 0;
  bool finished_ = false;
  bool missed_ = false;
  Reason missed_reason_ = Reason::none;
  std::string missed_detail_;
  std::optional<SteadyTime> service_began_;
  std::vector<Step> steps_;
  bool reached_ = false;    ///< the backend at index_ is being asked
  bool stuck_ = false;      ///< it cannot be, because none of its workers comes back
  bool judged_ = false;     ///< some backend has said what it knows of the secret or of the name
  std::vector<bool> down_;  ///< of each backend that had its turn: it failed, and not for want of room or time
  std::vector<std::uint64_t> changes_before_;  ///< of each backend, when its turn came
  std::shared_ptr<Job> job_;
  TimerQueue::Id step_timer_;
};

}  // namespace gatehouse::detail
