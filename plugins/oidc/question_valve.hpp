// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Lets questions through to a provider that answers, and few to one that does not: each that waits takes a worker,
/// which others need, and nothing is won by asking more.
#include <chrono>
#include <mutex>
#include <vector>

namespace gatehouse::oidc {

class QuestionValve {
 public:
  using Time = std::chrono::milliseconds;  ///< on the monotonic clock

  enum class End {
    answered,
    failed,   ///< the provider is down or busy: nobody asks for a second, and then one at a time until one is answered
    gave_up,  ///< this caller had no more time: it may be his fault, or the provider is slow
    not_asked,  ///< it never got that far
  };

  /// False: not now. Otherwise end() must follow, with the same time.
  [[nodiscard]] bool begin(Time now);
  void end(Time begun, Time now, End how);

 private:
  std::mutex mutex_;
  std::vector<Time> out_{};  ///< when those began that are on their way
  Time rest_until_{0};
  bool doubtful_ = false;
  int given_up_ = 0;  ///< since the last answer; not beyond where it makes doubtful
};

}  // namespace gatehouse::oidc
