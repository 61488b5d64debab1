// SPDX-License-Identifier: Apache-2.0
#include "runtime/engine.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "runtime/flight.hpp"
#include "workers/thread.hpp"

namespace gatehouse::detail {

Engine::Engine(RuntimeOptions runtime_options, Clock& host_clock, std::shared_ptr<Region> joined)
    : options(std::move(runtime_options)),
      clock(host_clock),
      log(options.log, options.log_level, options.audit_log),
      audits(log, clock, options.mode == RuntimeOptions::Mode::inline_calls, options.audit,
             options.log != nullptr || options.audit_log != nullptr),
      memory(joined ? std::make_shared<Memory>(std::move(joined), clock) : nullptr) {
  log.on_line([this] { signal(); });
}

Engine::~Engine() {
  stop();
  audits.stop();
  close_fd();
}

void Engine::remember(std::size_t logins) {
  if (!memory) memory = std::make_shared<Memory>(Region::own(Region::size_for(logins)), clock);
}

Result<void> Engine::prepare() {
  if (memory) memory->region->open();
  if (!inline_calls()) {
    {
      const std::lock_guard lock(fd_mutex_);
      if (event_fd_ < 0) event_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
      if (event_fd_ < 0) {
        return Error{"cannot start: eventfd: " + std::error_code(errno, std::generic_category()).message()};
      }
    }
    try {
      timers.start();
      audits.start();
      const std::lock_guard lock(reaper_mutex_);
      reaper_ = start_thread("gh-reaper", Priority::normal, [this] { reap(); });
      reaper_ends_ = false;
    } catch (const std::exception& e) {
      stop();
      return Error{std::string("cannot start a thread: ") + e.what()};
    }
  }
  signal();
  return {};
}

void Engine::stop() noexcept {
  running_ = false;
  timers.stop();
  std::unordered_map<std::uint64_t, Expected> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(expected_);
    completed_.clear();
  }
  // A flight whose job no worker will take any more holds itself until it is told. Before anybody who blocks is let go:
  // that may be what a plugin waits for, and then it would begin with the next of the queue.
  for (auto& [ticket, expected] : dropped) {
    if (const auto flight = expected.flight.lock()) flight->abandon();
  }
  {
    const std::lock_guard lock(mutex_);
    for (Waiter* waiter : waiters_) waiter->released();
    waiters_.clear();
  }
  // Last, because it may take a while: a plugin that is just ending is waited for.
  {
    const std::lock_guard lock(reaper_mutex_);
    reaper_ends_ = true;
  }
  reaper_wakes_.notify_all();
  if (reaper_.joinable()) reaper_.join();
}

bool Engine::wait_for_inline_calls(std::chrono::milliseconds grace) noexcept {
  std::unique_lock lock(inline_mutex_);
  return inline_left_.wait_for(lock, grace, [&] { return inline_inside_ == 0; });
}

Engine::InlineCall::InlineCall(Engine& engine) : engine_(engine) {
  const std::lock_guard lock(engine_.inline_mutex_);
  ++engine_.inline_inside_;
}

Engine::InlineCall::~InlineCall() {
  const std::lock_guard lock(engine_.inline_mutex_);
  if (--engine_.inline_inside_ == 0) engine_.inline_left_.notify_all();
}

void Engine::close_fd() noexcept {
  const std::lock_guard lock(fd_mutex_);
  if (event_fd_ >= 0) close(event_fd_);
  event_fd_ = -1;
}

void Engine::close_region() noexcept {
  if (memory) memory->region->close();
}

int Engine::fd() const noexcept {
  const std::lock_guard lock(fd_mutex_);
  return event_fd_;
}

void Engine::signal() const noexcept {
  const std::lock_guard lock(fd_mutex_);
  if (event_fd_ < 0) return;
  const std::uint64_t one = 1;
  // It can only fail when the counter is full: then the host is about to be woken anyway.
  static_cast<void>(!write(event_fd_, &one, sizeof one));
}

bool Engine::add(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (!running_) return false;
  waiters_.insert(&waiter);
  return true;
}

void Engine::remove(Waiter& waiter) noexcept {
  const std::lock_guard lock(mutex_);
  waiters_.erase(&waiter);
}

Ticket Engine::expect(std::function<void(Decision)> done) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = ++last_ticket_;
  Expected expected;
  expected.done = std::move(done);
  expected.place.emplace_back(Ticket{number}, Decision(nullptr));
  expected_.emplace(number, std::move(expected));
  return Ticket{number};
}

void Engine::attach(Ticket ticket, const Seat& seat) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = expected_.find(static_cast<std::uint64_t>(ticket));
    if (found != expected_.end()) {
      found->second.flight = seat.flight;
      found->second.seat = seat.number;
      return;
    }
  }
  // Answered already, or stop() came first and could not tell it.
  seat.leave();
}

void Engine::complete(Ticket ticket, Decision decision) noexcept {
  {
    const std::lock_guard lock(mutex_);
    const auto found = expected_.find(static_cast<std::uint64_t>(ticket));
    if (found == expected_.end() || found->second.place.empty()) return;
    found->second.place.front().second = std::move(decision);
    completed_.splice(completed_.end(), found->second.place);
  }
  signal();
}

void Engine::dispatch() {
  {
    const std::lock_guard lock(fd_mutex_);
    std::uint64_t count = 0;
    if (event_fd_ >= 0) static_cast<void>(!read(event_fd_, &count, sizeof count));
  }
  std::list<std::pair<Ticket, Decision>> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(completed_);
  }
  for (auto next = ready.begin(); next != ready.end();) {
    auto& [ticket, decision] = *next++;
    std::function<void(Decision)> done;
    {
      const std::lock_guard lock(mutex_);
      const auto found = expected_.find(static_cast<std::uint64_t>(ticket));
      if (found == expected_.end()) continue;  // cancelled meanwhile, perhaps by a callback of this very round
      done = std::move(found->second.done);
      expected_.erase(found);
    }
    try {
      done(std::move(decision));
    } catch (...) {
      // A callback that throws takes nobody else's answer with it: those come in the next round.
      {
        const std::lock_guard lock(mutex_);
        completed_.splice(completed_.begin(), ready, next, ready.end());
      }
      signal();
      throw;
    }
  }
  log.deliver();
}

void Engine::cancel(Ticket ticket) noexcept {
  Seat seat;
  std::function<void(Decision)> dropped;
  {
    const std::lock_guard lock(mutex_);
    const auto found = expected_.find(static_cast<std::uint64_t>(ticket));
    if (found == expected_.end()) return;
    seat = {found->second.flight.lock(), found->second.seat};
    dropped = std::move(found->second.done);
    expected_.erase(found);
  }
  seat.leave();
}

void Engine::made() {
  const std::lock_guard lock(reaper_mutex_);
  places_.emplace_back();
  ++made_;
}

void Engine::await_retired(std::size_t held, std::chrono::milliseconds grace) noexcept {
  std::unique_lock lock(reaper_mutex_);
  reaper_wakes_.wait_for(lock, grace, [&] { return made_ <= held; });
}

void Engine::retire(std::unique_ptr<Backend> backend) noexcept {
  {
    const std::lock_guard lock(reaper_mutex_);
    --made_;
    if (reaper_ends_) {
      places_.pop_front();
    } else {
      places_.front() = std::move(backend);
      retired_.splice(retired_.end(), places_, places_.begin());
    }
  }
  if (backend) {
    end(std::move(backend));
  } else {
    reaper_wakes_.notify_all();
  }
}

void Engine::end(std::unique_ptr<Backend> backend) noexcept {
  if (backend->stop()) return;
  // A plugin that does not come back keeps its instance for ever: freeing what it uses would be worse.
  struct LeftBehind {
    std::mutex mutex;
    std::vector<std::unique_ptr<Backend>> backends;
  };
  try {
    static auto* const left = new LeftBehind;  // NOLINT(cppcoreguidelines-owning-memory): lives until the process ends
    const std::lock_guard lock(left->mutex);
    left->backends.push_back(std::move(backend));
  } catch (...) {
    // Out of memory: nobody can find it any more, and that is all.
    static_cast<void>(backend.release());
  }
}

void Engine::reap() {
  std::unique_lock lock(reaper_mutex_);
  for (;;) {
    reaper_wakes_.wait(lock, [&] { return reaper_ends_ || !retired_.empty(); });
    while (!retired_.empty()) {
      std::unique_ptr<Backend> backend = std::move(retired_.front());
      retired_.pop_front();
      lock.unlock();
      end(std::move(backend));
      lock.lock();
    }
    if (reaper_ends_) return;
  }
}

}  // namespace gatehouse::detail
