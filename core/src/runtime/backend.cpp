// SPDX-License-Identifier: Apache-2.0
#include "runtime/backend.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace gatehouse::detail {

BackendSettings choose_settings(const config::BackendDefinition& definition, const Plugin& plugin) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  BackendSettings s;
  s.name = definition.name;
  s.subject_prefix = definition.subject_prefix;
  s.on_unavailable = definition.on_unavailable;
  s.workers = definition.workers != 0 ? definition.workers : (plugin.network ? std::max<std::size_t>(8, cores) : cores);
  s.queue = definition.queue != 0 ? definition.queue : s.workers * 64;
  if (definition.timeout.count() != 0) s.timeout = definition.timeout;
  s.low_priority = plugin.cpu;
  return s;
}

Backend::Backend(std::unique_ptr<Instance> made, BackendSettings chosen, const Digest& definition_digest,
                 std::shared_ptr<const void> keeps)
    : host(std::move(keeps)),
      instance(std::move(made)),
      settings(std::move(chosen)),
      definition(definition_digest),
      pool(settings.name, settings.workers, settings.queue, settings.low_priority ? Priority::low : Priority::normal),
      background([i = instance.get()] { i->run_background(); }) {
  instance->on_wake([this](SteadyTime when) { background.wake(when); });
}

Backend::~Backend() {
  // Before the background goes: destroy() may still ask to be woken.
  instance.reset();
}

Result<void> Backend::start(bool with_threads) {
  if (started_) return {};
  if (auto ok = instance->start(); !ok) return ok;
  started_ = true;
  // What was remembered before may have been made from another state than this one.
  if (!instance->epochs()->names_state()) instance->epochs()->invalidate({});
  if (!with_threads) return {};
  try {
    pool.start();
    if (instance->plugin().background != nullptr) background.start(settings.name);
  } catch (const std::exception& e) {
    static_cast<void>(stop());
    return Error{settings.name + ": cannot start its threads: " + e.what()};
  }
  return {};
}

bool Backend::stop() noexcept {
  if (!started_) return true;
  if (left_behind_) return false;
  const bool background_ended = background.stop(stop_grace);
  // From here on nothing watches for changes here. Others may; and who starts it again compares the states.
  const auto forget = [this] {
    if (!instance->epochs()->names_state()) instance->epochs()->invalidate({});
  };
  forget();
  const bool workers_ended = pool.stop(stop_grace);
  forget();  // once more, for calls that were taken in between
  left_behind_ = !background_ended || !workers_ended;
  if (left_behind_) return false;
  instance->stop();
  started_ = false;
  return true;
}

}  // namespace gatehouse::detail
