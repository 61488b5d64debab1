// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is counted, in the text format of Prometheus.
#include <cstdint>
#include <string>

#include <gatehouse/metrics.hpp>

namespace gatehouse::cli {

/// What `serve` counts beside the engine.
struct ServeMetrics {
  std::uint64_t generation = 0;  ///< of the configuration that serves
  std::uint64_t reloads = 0;
  std::uint64_t failed_reloads = 0;
  bool last_reload_failed = false;
  std::size_t connections = 0;
};

[[nodiscard]] std::string metrics_text(const RuntimeMetrics& engine, const ServeMetrics& serve);

}  // namespace gatehouse::cli
