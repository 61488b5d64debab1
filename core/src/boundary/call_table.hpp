// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The calls that a plugin is working on, and what it has said so far.
///
/// A gatehouse_call* is a number in disguise, never an address: a plugin that keeps one past its authenticate(), or
/// makes one up, is told nothing and changes nothing.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gatehouse/plugin.h>
#include <gatehouse/decision.hpp>

#include "runtime/clock.hpp"

namespace gatehouse::detail {

/// Whether a guess at `subject` may be tried. The throttle stands behind this seam; without one everybody may.
using Admit = std::function<bool(std::string_view subject)>;

/// What a plugin told through the host functions during one call.
struct CallRecord {
  Identity identity;
  std::vector<Challenge> challenges;
  std::optional<Reason> reason;
  std::string detail;
  std::string claimed;
  std::optional<std::int64_t> cache_until_ms;
  bool no_store = false;
  bool stopped = false;        ///< claim_subject said stop
  std::string fault;           ///< the first breach of the contract, for the log
  std::size_t bytes = 0;       ///< copied so far, bounded
  bool out_of_memory = false;  ///< something it said could not be copied
  const Admit* admit = nullptr;
  std::thread::id thread;  ///< the one that runs authenticate()
};

class CallTable {
 public:
  explicit CallTable(std::size_t slots);

  /// Opens a call; nullptr if every slot is taken. `abandoned` turns true when nobody waits any more and must outlive
  /// the call, as must `admit`.
  [[nodiscard]] gatehouse_call* open(SteadyTime deadline, const std::atomic<bool>& abandoned, const Admit& admit);
  /// Ends the call and takes what was said.
  [[nodiscard]] CallRecord close(gatehouse_call* call);

  /// Runs `use(record, deadline, abandoned)` on a living call; false if there is no such call.
  template <typename Use>
  bool with(gatehouse_call* call, Use&& use) {
    const std::uint64_t handle = reinterpret_cast<std::uintptr_t>(call);
    const std::size_t index = handle % slots_.size();
    Slot& slot = *slots_[index];
    const std::lock_guard lock(slot.mutex);
    if (handle == 0 || slot.handle != handle) return false;
    std::forward<Use>(use)(slot.record, slot.deadline, *slot.abandoned);
    return true;
  }

 private:
  struct Slot {
    std::mutex mutex;
    std::uint64_t handle = 0;  ///< 0: free
    SteadyTime deadline;
    const std::atomic<bool>* abandoned = nullptr;
    CallRecord record;
  };
  std::vector<std::unique_ptr<Slot>> slots_;
  std::atomic<std::uint64_t> generation_{1};
  std::atomic<std::size_t> hint_{0};
};

}  // namespace gatehouse::detail
