// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The instance of a plugin that runs in a helper process, as this process has it: it starts the helper, passes
/// questions on, and starts it anew when it ends, hangs, or says what cannot be understood.
///
/// Towards the engine it is written like a plugin: what the helper says of a call goes through the functions that
/// plugins have, and is checked there. It is told to nobody but the call that it belongs to.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gatehouse/plugin.h>

#include "isolation/run.hpp"

namespace gatehouse::detail::isolation {

inline constexpr std::string_view garbled_words = "its process said what cannot be understood";

struct RemoteSettings {
  std::string program;  ///< of the helper
  std::string library;
  std::string expected_id;
  std::string name;  ///< of the backend
  std::uint32_t workers = 1;
  std::uint32_t log_level = 0;
  bool threads = true;  ///< false: who asks does all the work
};

class Remote {
 public:
  using Problems = std::vector<std::pair<std::string, std::string>>;  ///< option, and what is wrong

  /// `shape` is what the description of the plugin must still be like when it is loaded again.
  Remote(gatehouse_host* host, const gatehouse_host_api* api, RemoteSettings settings, Bytes shape, Bytes create);
  ~Remote() { stop(); }
  Remote(const Remote&) = delete;
  Remote& operator=(const Remote&) = delete;

  /// Tries the options on a helper that has loaded the plugin. False after config_error(). [main] [may block]
  [[nodiscard]] bool create(Run& probe);
  [[nodiscard]] std::uint32_t credentials() const noexcept { return credentials_; }

  /// False after config_error(). [may block]
  [[nodiscard]] bool start();
  void stop() noexcept;
  /// [any-thread] [may block]
  [[nodiscard]] gatehouse_verdict authenticate(const gatehouse_request& request, gatehouse_call* call);
  /// As gatehouse.budget/1, by a helper of its own. [any-thread] [may block]
  void list_costs(void* context, void (*add)(void* context, gatehouse_str what, std::uint32_t microseconds));

 private:
  /// A call that the helper is working on. What it said of it last, until the call's own thread takes it.
  struct Held {
    std::condition_variable changed;
    std::optional<std::pair<Kind, Bytes>> said;
    std::atomic<bool> lost{false};
  };
  class Seat;

  [[nodiscard]] std::shared_ptr<Run> launch(bool start, Problems& problems);
  [[nodiscard]] bool obey(Run& run, const Bytes& order, Problems& problems, Replied& replied);
  [[nodiscard]] std::shared_ptr<Run> current();
  void attempt() noexcept;
  [[nodiscard]] std::chrono::milliseconds pause() const noexcept;
  void supervise();
  /// Reads one frame. False: this life is over.
  [[nodiscard]] bool pump(Run& run, SteadyTime until);
  [[nodiscard]] bool hear(Kind kind, Reader in);
  [[nodiscard]] bool deliver(Kind kind, Reader in, Bytes body);
  void lose(const std::shared_ptr<Run>& run) noexcept;
  /// After fork(): the helper is the other process's, and its calls are. With mutex_.
  void let_go() noexcept;
  bool garbled() noexcept;
  [[nodiscard]] bool hangs() noexcept;
  /// Waits for what is said of the call, for `wait`.
  [[nodiscard]] std::optional<std::pair<Kind, Bytes>> next(Held& held, const std::shared_ptr<Run>& run,
                                                           std::chrono::milliseconds wait);
  [[nodiscard]] std::optional<gatehouse_verdict> tell(gatehouse_call* call, std::string_view body);
  [[nodiscard]] gatehouse_verdict unavailable(gatehouse_call* call, gatehouse_reason reason, std::string_view why);
  void set_cost(std::uint32_t microseconds);
  /// Logs what `text` makes, if there is memory for it.
  template <typename Text>
  void say(gatehouse_log_level level, Text&& text) noexcept {
    try {
      const std::string line = std::forward<Text>(text)();
      api_->log(host_, level, {line.data(), line.size()});
    } catch (...) {
      return;
    }
  }

  gatehouse_host* const host_;
  const gatehouse_host_api* const api_;
  const RemoteSettings settings_;
  const Bytes shape_;
  const Bytes create_;
  std::uint32_t credentials_ = 0;
  std::atomic<std::uint32_t> cost_{0};
  std::atomic<bool> names_state_{false};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Run> run_;        ///< that answers; none while there is none
  std::shared_ptr<Run> launching_;  ///< that is just being started
  std::map<std::uint64_t, Held*> held_;
  std::map<std::uint64_t, SteadyTime> overdue_;  ///< given up here, not yet answered there
  std::uint64_t last_id_ = 0;
  std::uint32_t failures_ = 0;
  SteadyTime launched_{};
  SteadyTime next_attempt_{};
  SteadyTime stop_until_{};
  bool started_ = false;
  bool stopping_ = false;
  bool stopped_ = false;  ///< the helper said so
  bool reading_ = false;
  std::thread supervisor_;
};

}  // namespace gatehouse::detail::isolation
