// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One guess as the throttle sees it, from before the first backend is asked until it is known whether it was one.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <gatehouse/request.hpp>

#include "config/document.hpp"
#include "region/throttle.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

/// The address that a door gave, if it did.
[[nodiscard]] std::string_view client_address(const Request& request) noexcept;

class Attempt {
 public:
  Attempt(Throttle& throttle, Clock& clock, const config::ThrottleSettings& settings, std::string_view realm,
          const Request& request);
  /// Not settled: it was no guess.
  ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  /// Counts it, for the name that was typed: whether there is such an account is nobody's business. False: not now.
  [[nodiscard]] bool begin();
  /// The account is known: it counts for that, whatever was typed. False: not now. [any-thread]
  [[nodiscard]] bool claim(std::string_view subject);
  /// What became of it. The first word counts. [any-thread]
  void was_wrong() noexcept;
  void was_right(std::string_view subject) noexcept;

  /// After a refusal: when to come again.
  [[nodiscard]] std::chrono::seconds retry_after() const;
  /// The network it comes from, in the region; 0: not known.
  [[nodiscard]] std::uint64_t source() const noexcept { return source_; }

 private:
  void refused(std::chrono::seconds wait, std::string_view subject_text);
  [[nodiscard]] std::uint64_t counted_source() const noexcept { return counts_for_source_ ? source_ : 0; }

  Throttle& throttle_;
  Clock& clock_;
  const config::ThrottleSettings settings_;
  const std::string realm_;
  std::string network_;
  std::string typed_;
  /// A token is not guessed: programs whose token has ended must not use up what their network may guess.
  const bool counts_for_source_;
  std::uint64_t source_ = 0;

  mutable std::mutex mutex_;
  bool begun_ = false;
  bool settled_ = false;
  Throttle::Charge charge_;
  std::chrono::seconds wait_{0};
};

}  // namespace gatehouse::detail
