// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One configured backend at work: its plugin instance, its workers, its background and its share of the floor.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "boundary/instance.hpp"
#include "chain/refusal_floor.hpp"
#include "config/document.hpp"
#include "region/cache_key.hpp"
#include "workers/background.hpp"
#include "workers/worker_pool.hpp"

namespace gatehouse::detail {

/// How long an ending waits for a plugin to come back.
inline constexpr std::chrono::milliseconds stop_grace{2'000};

/// What the engine itself needs to know of a backend, with the engine's choices made.
struct BackendSettings {
  std::string name;
  std::string subject_prefix;
  config::OnUnavailable on_unavailable = config::OnUnavailable::end;
  std::size_t workers = 1;
  std::size_t queue = 64;
  std::chrono::milliseconds timeout{10'000};
  bool low_priority = false;
  std::vector<std::string> files;  ///< what its options of the kind path name
};

/// Fills in by the plugin's traits what the configuration leaves open.
[[nodiscard]] BackendSettings choose_settings(const config::BackendDefinition& definition, const Plugin& plugin);

class Backend {
 public:
  /// `host` is what the instance uses of its engine (clock, log): kept alive by a backend that is left behind.
  Backend(std::unique_ptr<Instance> made, BackendSettings chosen, const Digest& definition_digest,
          std::shared_ptr<const void> host);
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  /// Starts the instance, then (unless inline) its workers and its background. [may block]
  [[nodiscard]] Result<void> start(bool with_threads);
  /// Ends the threads, then stops the instance, unless a call or a background run does not come back: then false, and
  /// what they use must stay. Idempotent. [may block]
  [[nodiscard]] bool stop() noexcept;

  [[nodiscard]] std::chrono::microseconds floor() const noexcept {
    return refusal_floor.value(instance->refusal_cost());
  }

  const std::shared_ptr<const void> host;
  std::unique_ptr<Instance> instance;
  BackendSettings settings;
  Digest definition;
  WorkerPool pool;
  Background background;
  RefusalFloor refusal_floor;

 private:
  bool started_ = false;
  bool left_behind_ = false;  ///< stop() has waited once, and in vain
};

}  // namespace gatehouse::detail
