// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Until the service account's password is known to be right, one call at a time tries it: a wrong one that all workers
/// tried at once would lock the account.
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "deadline.hpp"

namespace gatehouse::ldap {

class FirstLogin {
 public:
  /// The right to try. Tell how it ended, or nothing is known.
  class Turn {
   public:
    explicit Turn(FirstLogin* login) noexcept : login_(login) {}
    Turn(Turn&& other) noexcept : login_(std::exchange(other.login_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (login_ != nullptr) login_->end();
    }

   private:
    FirstLogin* login_;
  };

  /// Waits until nobody else tries. Nothing if that takes too long. [any-thread]
  [[nodiscard]] std::optional<Turn> take(Deadline deadline) {
    std::unique_lock lock(mutex_);
    if (!free_.wait_until(lock, deadline.when(), [this] { return known_ || !taken_; })) return std::nullopt;
    if (known_) return Turn(nullptr);
    taken_ = true;
    return Turn(this);
  }

  /// Whether the password was right just now. [any-thread]
  void learn(bool right) {
    const std::lock_guard lock(mutex_);
    known_ = right;
    if (right) free_.notify_all();
  }

 private:
  void end() {
    const std::lock_guard lock(mutex_);
    taken_ = false;
    free_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable free_;
  bool known_ = false;
  bool taken_ = false;
};

}  // namespace gatehouse::ldap
