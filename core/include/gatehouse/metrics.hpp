// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a Runtime has counted since it was opened, also across reloads. It names realms and backends, never a user.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <gatehouse/decision.hpp>

namespace gatehouse {

inline constexpr std::size_t decision_code_count = 7;

/// How one backend's word ended decisions of one realm; indexed by DecisionCode.
struct BackendDecisions {
  std::string backend;  ///< empty: no backend was asked, as nothing usable was sent or the engine was not running
  std::array<std::uint64_t, decision_code_count> count{};
};

/// Upper bounds of the time buckets, in seconds; one more bucket holds what took longer.
inline constexpr std::array<double, 12> latency_bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                       0.05,   0.1,   0.25,   0.5,   1.0,  5.0};

struct RealmMetrics {
  std::string realm;
  std::uint64_t cache_hits = 0;           ///< grants from memory; not in `decisions`
  std::uint64_t remembered_refusals = 0;  ///< wrong credentials that were tried before; not in `decisions`
  double longest_remembered = 0;  ///< seconds that a login counts at most after its secret was revoked: `[cache]`
  std::vector<BackendDecisions> decisions;
  /// How long decisions took for which a backend was asked: not cumulative, by bucket of latency_bounds.
  std::array<std::uint64_t, latency_bounds.size() + 1> latency{};
  double latency_sum = 0;  ///< seconds
};

struct BackendLoad {
  std::string backend;
  std::size_t workers = 0;
  std::size_t stuck = 0;   ///< workers past a deadline that have not come back
  std::size_t queued = 0;  ///< calls that wait for a worker
};

struct RuntimeMetrics {
  std::vector<RealmMetrics> realms;
  std::vector<BackendLoad> backends;  ///< of those alive
  std::uint64_t audit_written = 0;    ///< lines of the audit log
  std::uint64_t audit_lost = 0;       ///< decisions that no line of it tells of
  std::uint64_t in_flight = 0;        ///< decisions for which a backend is being asked
};

}  // namespace gatehouse
