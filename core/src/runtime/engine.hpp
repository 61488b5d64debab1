// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What all realms of one Runtime share: clock, log, cache, timers, finished answers, and the ending of backends.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <gatehouse/runtime.hpp>

#include "audit/book.hpp"
#include "log/log_queue.hpp"
#include "metrics/metrics.hpp"
#include "region/memory.hpp"
#include "runtime/backend.hpp"
#include "runtime/clock.hpp"
#include "runtime/flight_table.hpp"
#include "workers/timer_queue.hpp"

namespace gatehouse::detail {

struct Seat;

class Engine {
 public:
  /// `joined` is the region that the host shares; null: one of this process, made by remember().
  Engine(RuntimeOptions options, Clock& host_clock, std::shared_ptr<Region> joined);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Makes the region of a process that shares none, for about so many logins, unless it is there. [main]
  void remember(std::size_t logins);
  /// Makes what backends need when they start: the timers and the descriptor.
  [[nodiscard]] Result<void> prepare();
  /// From now on questions are answered.
  void open_door() noexcept { running_ = true; }
  /// Releases who waits, ends timers and threads of this object; backends are stopped by the caller, and after them
  /// close_fd(). Idempotent.
  void stop() noexcept;
  /// Held by each inline decide(). After it was made, running() says whether plugins may still be called.
  class InlineCall {
   public:
    explicit InlineCall(Engine& engine);
    ~InlineCall();
    InlineCall(const InlineCall&) = delete;
    InlineCall& operator=(const InlineCall&) = delete;

   private:
    Engine& engine_;
  };
  /// After stop(): false if an inline decide() is still in a plugin after `grace`. [may block]
  [[nodiscard]] bool wait_for_inline_calls(std::chrono::milliseconds grace) noexcept;
  void close_fd() noexcept;
  /// From now on threads that are left behind in a plugin leave the region alone: a host may take its memory back.
  /// prepare() undoes it.
  void close_region() noexcept;
  [[nodiscard]] bool running() const noexcept { return running_.load(); }
  [[nodiscard]] bool inline_calls() const noexcept { return options.mode == RuntimeOptions::Mode::inline_calls; }

  /// Finished decide_async()s. [any-thread]
  [[nodiscard]] Ticket expect(std::function<void(Decision)> done);
  void attach(Ticket ticket, const Seat& seat);
  void complete(Ticket ticket, Decision decision) noexcept;
  /// [the owner's thread]
  void dispatch();
  void cancel(Ticket ticket) noexcept;
  [[nodiscard]] int fd() const noexcept;

  /// Somebody who blocks in decide(): `released` is called if the engine stops before the answer comes.
  class Waiter {
   public:
    virtual ~Waiter() = default;
    virtual void released() noexcept = 0;
  };
  /// False: the engine has stopped, and released() will not be called. [any-thread]
  [[nodiscard]] bool add(Waiter& waiter);
  void remove(Waiter& waiter) noexcept;
  /// Removes an added waiter at the end of its scope.
  class Listed {
   public:
    Listed(Engine& engine, Waiter& waiter) noexcept : engine_(engine), waiter_(waiter) {}
    ~Listed() { engine_.remove(waiter_); }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

   private:
    Engine& engine_;
    Waiter& waiter_;
  };

  /// A backend is made: it ends in retire(). [any-thread]
  void made();
  /// Before stop(), by who holds `held` of the backends: waits for those that were let go of and are on their way to
  /// retire(). After stop() a worker would have to end its own backend, and wait for itself.
  void await_retired(std::size_t held, std::chrono::milliseconds grace) noexcept;
  /// Ends a backend that nothing refers to any more, on a thread that may block. [any-thread]
  void retire(std::unique_ptr<Backend> backend) noexcept;

  const RuntimeOptions options;
  Clock& clock;
  LogQueue log;
  AuditBook audits;
  /// There from the first remember() on, and never another.
  std::shared_ptr<Memory> memory;
  FlightTable flights;
  Metrics metrics;
  TimerQueue timers;

 private:
  struct Expected {
    std::function<void(Decision)> done;
    std::weak_ptr<Flight> flight;
    std::uint64_t seat = 0;
    /// Made in advance, for a place in completed_: an answer needs no memory that may not be there.
    std::list<std::pair<Ticket, Decision>> place;
  };
  void signal() const noexcept;
  void reap();
  static void end(std::unique_ptr<Backend> backend) noexcept;

  std::atomic<bool> running_{false};
  std::mutex inline_mutex_;
  std::condition_variable inline_left_;
  std::size_t inline_inside_ = 0;
  mutable std::mutex fd_mutex_;
  int event_fd_ = -1;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Expected> expected_;
  std::list<std::pair<Ticket, Decision>> completed_;
  std::uint64_t last_ticket_ = 0;
  std::unordered_set<Waiter*> waiters_;

  std::mutex reaper_mutex_;
  std::condition_variable reaper_wakes_;
  std::list<std::unique_ptr<Backend>> retired_;
  std::list<std::unique_ptr<Backend>> places_;  ///< in retired_, made in advance
  std::size_t made_ = 0;                        ///< backends that have not come to retire()
  bool reaper_ends_ = true;
  std::thread reaper_;
};

}  // namespace gatehouse::detail
