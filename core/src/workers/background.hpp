// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One backend's work between requests: run when the plugin asked for it, never twice at once.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/clock.hpp"

namespace gatehouse::detail {

class Background {
 public:
  explicit Background(std::function<void()> work);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Run no sooner than `when`; the last request counts. [any-thread]
  void wake(SteadyTime when);
  /// From now on a thread of its own runs what is due.
  void start(const std::string& name);
  /// Waits for a run that is going on, at most `grace`. False: it did not come back, and what it uses must be kept for
  /// ever. Idempotent.
  [[nodiscard]] bool stop(std::chrono::milliseconds grace) noexcept;
  /// Without a thread: runs here and now if it is due and not running already. [may block]
  void run_if_due(SteadyTime now);

 private:
  /// What a thread that is left behind still uses.
  struct Shared {
    std::function<void()> work;
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<SteadyTime> due;
    bool running = false;
    bool stopping = false;
  };
  static void run(const std::shared_ptr<Shared>& shared);
  static void run_once(Shared& shared, std::unique_lock<std::mutex>& lock);

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace gatehouse::detail
