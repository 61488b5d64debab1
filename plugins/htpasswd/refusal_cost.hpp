// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How long the costliest hash of a table takes on this machine: each scheme is measured once, at a low cost, and
/// scaled.
#include <array>
#include <chrono>
#include <optional>

#include <htpasswd/cost.hpp>
#include <htpasswd/digest.hpp>

namespace gatehouse::htpasswd {

class RefusalCost {
 public:
  /// Keeps `digests`, which must outlive it.
  explicit RefusalCost(const Digests& digests) noexcept : digests_(&digests) {}

  /// The longest check among `costs`; 0 for none. Measures what it has not measured before: some tens of milliseconds.
  [[nodiscard]] std::chrono::microseconds of(const Costs& costs);

 private:
  struct Reference {
    Work work;
    std::chrono::nanoseconds time;
  };
  [[nodiscard]] const Reference& reference(Scheme scheme);

  const Digests* digests_;
  std::array<std::optional<Reference>, kSchemeCount> references_{};
};

}  // namespace gatehouse::htpasswd
