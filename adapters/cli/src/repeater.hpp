// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One job that is done again whenever somebody asks, on a thread of its own: who asks does not wait.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include <gatehouse/result.hpp>

namespace gatehouse::cli {

class Repeater {
 public:
  Repeater() = default;
  ~Repeater() { end(); }
  Repeater(const Repeater&) = delete;
  Repeater& operator=(const Repeater&) = delete;

  /// Begins; what was asked for before is done now.
  [[nodiscard]] Result<void> start(std::function<void()> job);
  /// Once more, after what is being done now; asking twice before it begins is asking once. [any-thread]
  void ask();
  /// Waits for what is being done, and does nothing more.
  void end();

 private:
  void run(const std::function<void()>& job);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_ = false;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace gatehouse::cli
