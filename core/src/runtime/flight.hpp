// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One decision on its way through the chain.
///
/// It is finished exactly once: by a backend's answer, by a deadline, or by its caller leaving. An answer that comes
/// after that changes nothing.
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

#include "runtime/owned_request.hpp"
#include "runtime/realm_state.hpp"
#include "workers/timer_queue.hpp"
#include "workers/worker_pool.hpp"

namespace gatehouse::detail {

using Done = std::function<void(std::shared_ptr<const Answer>)>;

class Flight : public std::enable_shared_from_this<Flight> {
 public:
  /// `done` is called once, from a worker or the timer thread, or from here if that is soonest. Never after abandon().
  static std::shared_ptr<Flight> launch(std::shared_ptr<const RealmState> realm, const Request& request,
                                        std::chrono::milliseconds timeout, Done done);
  /// The same on this thread, without workers or timers: returns the answer when the chain has come to its end.
  /// [may block]
  static std::shared_ptr<const Answer> run_inline(std::shared_ptr<const RealmState> realm, const Request& request,
                                                  std::chrono::milliseconds timeout);

  /// Nobody waits any more.
  void abandon() noexcept;

  Flight(std::shared_ptr<const RealmState> realm, const Request& request, SteadyTime deadline, Done done);

 private:
  class StepJob;
  /// Hands the request to the backend at index_ and those after it that answer at once. Called without the lock.
  void proceed();
  void began();
  void answered(std::size_t index, BackendAnswer answer, std::chrono::microseconds time);
  /// What a backend that cannot be asked counts as; nullopt if it takes such a credential and there is time.
  [[nodiscard]] std::optional<BackendAnswer> unasked(const Backend& backend) const;
  /// Takes one verdict in. True: the next backend is to be asked. Called with the lock.
  bool take(BackendAnswer answer, std::chrono::microseconds time);
  void finish(DecisionCode code, BackendAnswer answer);
  /// Tells the operator what was not granted, and why.
  void report(const Answer& made) const noexcept;
  void remember(const BackendAnswer& answer, const Answer& made);
  void deliver(std::shared_ptr<const Answer> answer);
  /// When this backend, asked now, is no longer waited for.
  [[nodiscard]] SteadyTime latest_for(const Backend& backend) const;
  [[nodiscard]] BackendAnswer ask(Backend& backend, const Request& request, SteadyTime latest,
                                  const std::atomic<bool>& abandoned, std::chrono::microseconds& time);

  std::shared_ptr<const RealmState> realm_;
  std::shared_ptr<const OwnedRequest> request_;
  SteadyTime deadline_;
  Done done_;

  std::mutex mutex_;
  std::size_t index_ = 0;
  bool finished_ = false;
  bool missed_ = false;
  Reason missed_reason_ = Reason::none;
  std::string missed_detail_;
  std::optional<SteadyTime> service_began_;
  std::vector<Step> steps_;
  std::vector<std::pair<std::size_t, std::uint64_t>> epochs_before_;  ///< of the backends asked, by index
  std::shared_ptr<StepJob> job_;
  TimerQueue::Id step_timer_;
};

}  // namespace gatehouse::detail
