// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The open upstream connections of one thread that wait for their next request.
#include <cstdint>
#include <memory>
#include <vector>

#include "door.hpp"
#include "stream.hpp"

namespace gatehouse::proxy {

struct UpstreamConnection {
  Stream stream;
  std::uint64_t upstream_id;
  Ticks idle_since = 0;
};
using UpstreamPtr = std::unique_ptr<UpstreamConnection>;

class UpstreamPool {
 public:
  /// The one used last that still stands, or null. Never one that has bytes waiting: nobody asked for them, and the
  /// next caller would be given them as its answer.
  [[nodiscard]] UpstreamPtr take(std::uint64_t upstream_id);
  void put(UpstreamPtr connection, Ticks now);
  /// Ends those that were closed, are of an earlier upstream, or have waited for a minute.
  void sweep(std::uint64_t upstream_id, Ticks now);
  void clear() noexcept { idle_.clear(); }

 private:
  static constexpr std::size_t kept = 256;
  static constexpr Ticks max_idle = 60;
  std::vector<UpstreamPtr> idle_;
};

}  // namespace gatehouse::proxy
