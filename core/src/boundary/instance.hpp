// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One configured instance of a plugin, and everything that crosses the boundary to it and back. Nothing above this
/// room sees a C struct of the plugin, nothing below it a C++ type of the engine.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gatehouse/decision.hpp>
#include <gatehouse/request.hpp>

#include "boundary/call_table.hpp"
#include "config/problems.hpp"
#include "loading/plugin.hpp"
#include "log/log_queue.hpp"
#include "region/epochs.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

/// What one backend answered, checked: an unknown verdict, or a grant without a proper subject, has become unavailable.
struct BackendAnswer {
  VerdictCode verdict = VerdictCode::unavailable;
  Reason reason = Reason::none;
  Identity identity;
  std::vector<Challenge> challenges;
  std::string detail;
  std::string claimed;
  std::optional<std::int64_t> cache_until_ms;
  bool no_store = false;
  bool throttled = false;
};

/// Asked by the plugin: run its background work no sooner than then.
using Wake = std::function<void(SteadyTime)>;

class Instance {
 public:
  /// Calls create(). Problems the plugin has with its options are added with the option's place. nullptr on failure.
  /// `calls` is how many authenticate() may run at once.
  [[nodiscard]] static std::unique_ptr<Instance> create(std::shared_ptr<const Plugin> plugin, std::string name,
                                                        const OptionValues& options, const config::Location& where,
                                                        std::size_t calls, Clock& clock, LogQueue& log,
                                                        config::Problems& problems,
                                                        std::shared_ptr<Epochs> epochs = Epochs::alone());
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Calls start() once; later calls return what the first did. The text is why not. [may block]
  [[nodiscard]] Result<void> start();
  /// Undoes start(). No call may be running. [may block]
  void stop() noexcept;

  /// Asks the plugin. Never throws. [any-thread] [may block]
  [[nodiscard]] BackendAnswer ask(const Request& request, std::string_view realm, SteadyTime deadline,
                                  const std::atomic<bool>& abandoned, const Admit& admit) noexcept;

  /// What one check of each kind of its secrets costs, as gatehouse.budget/1 tells. [any-thread] [may block]
  [[nodiscard]] std::vector<std::pair<std::string, std::chrono::microseconds>> budget() noexcept;

  /// Runs gatehouse.background/1 once. [may block]
  void run_background() noexcept;
  /// Where wake_after() goes. Set before start(); what create() asked for is passed on at once.
  void on_wake(Wake wake);

  [[nodiscard]] const Plugin& plugin() const noexcept { return *plugin_; }
  /// The kinds of credential that this instance takes; of others it is never asked.
  [[nodiscard]] CredentialKinds credentials() const noexcept { return credentials_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::shared_ptr<Epochs>& epochs() const noexcept { return epochs_; }
  /// What the plugin said a refusal costs; 0 = it did not.
  [[nodiscard]] std::chrono::microseconds refusal_cost() const noexcept {
    return std::chrono::microseconds(refusal_cost_us_.load());
  }

 private:
  friend struct HostFunctions;
  Instance(std::shared_ptr<const Plugin> plugin, std::string name, std::size_t calls, Clock& clock, LogQueue& log,
           std::shared_ptr<Epochs> epochs);
  [[nodiscard]] BackendAnswer judge(gatehouse_verdict verdict, CallRecord record);
  void ask_credentials() noexcept;
  void misbehaved(std::string_view what) noexcept;
  void config_error(std::string_view option, std::string_view message);
  void wake_at(SteadyTime when);

  std::shared_ptr<const Plugin> plugin_;
  std::string name_;
  CredentialKinds credentials_;
  Clock& clock_;
  LogQueue& log_;
  CallTable calls_;
  std::shared_ptr<Epochs> epochs_;
  std::atomic<std::uint32_t> refusal_cost_us_{0};
  std::atomic<std::uint32_t> breaches_{0};
  Wake wake_;
  std::optional<SteadyTime> early_wake_;  ///< asked for before there was a wake_
  config::Location where_;
  config::Problems* problems_ = nullptr;  ///< while create() or start() runs: where config_error() goes
  void* handle_ = nullptr;
  bool started_ = false;
  std::unique_ptr<gatehouse_host> host_;
};

}  // namespace gatehouse::detail
