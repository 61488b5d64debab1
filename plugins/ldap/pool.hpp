// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Connections that wait for their next use. There are never more than the limit, used or waiting; who finds none waits
/// for one, up to a deadline. A connection that was used to search and one on which users bind are never mixed up.
#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "deadline.hpp"

namespace gatehouse::ldap {

/// What a connection is for. It stays that for its whole life.
enum class Role : std::size_t { search, bind };

template <class C>
class Pool {
 public:
  using Time = Deadline::Clock::time_point;
  /// Whether a waiting connection may be used, `idle` after it was last.
  using Check = std::function<bool(const C& connection, Milliseconds idle)>;

  /// The right to one connection; at first without one if none was waiting. Gives it back at its end. The pool must
  /// outlive it.
  class Lease {
   public:
    Lease(Pool& pool, Role role, std::unique_ptr<C> connection) noexcept
        : pool_(&pool), role_(role), connection_(std::move(connection)) {}
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          role_(other.role_),
          keep_(other.keep_),
          connection_(std::move(other.connection_)) {}
    Lease& operator=(Lease&& other) noexcept {
      if (this == &other) return *this;
      end();
      pool_ = std::exchange(other.pool_, nullptr);
      role_ = other.role_;
      keep_ = other.keep_;
      connection_ = std::move(other.connection_);
      return *this;
    }
    ~Lease() { end(); }
    [[nodiscard]] C* get() const noexcept { return connection_.get(); }
    void put(std::unique_ptr<C> connection) noexcept { connection_ = std::move(connection); }
    /// Closes the connection, if there is one; the right stays.
    void drop() noexcept { connection_.reset(); }
    /// The connection may be used again by others.
    void keep() noexcept { keep_ = true; }

   private:
    void end() noexcept {
      if (pool_ == nullptr) return;
      if (!keep_) connection_.reset();  // first, so that there is never one too many
      pool_->give_back(role_, std::move(connection_));
      pool_ = nullptr;
    }
    Pool* pool_;
    Role role_;
    bool keep_ = false;
    std::unique_ptr<C> connection_;
  };

  explicit Pool(std::size_t most) : most_(most) {}

  /// Nothing if none became free in time. [any-thread]
  [[nodiscard]] std::optional<Lease> take(Role role, Deadline deadline, const Check& check) {
    std::vector<std::unique_ptr<C>> gone;  // closed after the lock is free
    std::unique_lock lock(mutex_);
    for (;;) {
      auto& own = waiting_[index(role)];
      while (!own.empty()) {
        Waiting last = std::move(own.back());
        own.pop_back();
        if (is_good(last, check)) {
          ++used_;
          return Lease(*this, role, std::move(last.connection));
        }
        gone.push_back(std::move(last.connection));
      }
      auto& other = waiting_[1 - index(role)];
      if (used_ + other.size() >= most_ && !other.empty()) {
        gone.push_back(std::move(other.front().connection));
        other.pop_front();
      }
      if (used_ + other.size() < most_) {
        ++used_;
        return Lease(*this, role, nullptr);
      }
      if (free_.wait_until(lock, deadline.when()) == std::cv_status::timeout) return std::nullopt;
    }
  }

  /// Closes what waits and does not pass. [any-thread]
  void trim(const Check& check) {
    std::vector<std::unique_ptr<C>> gone;
    const std::lock_guard lock(mutex_);
    for (auto& all : waiting_) {
      std::deque<Waiting> kept;
      for (Waiting& one : all) {
        if (is_good(one, check)) {
          kept.push_back(std::move(one));
        } else {
          gone.push_back(std::move(one.connection));
        }
      }
      all.swap(kept);
    }
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return used_ + waiting_[0].size() + waiting_[1].size();
  }

 private:
  struct Waiting {
    std::unique_ptr<C> connection;
    Time since;
  };
  static constexpr std::size_t index(Role role) noexcept { return static_cast<std::size_t>(role); }
  static bool is_good(const Waiting& one, const Check& check) {
    return check(*one.connection, std::chrono::duration_cast<Milliseconds>(Deadline::Clock::now() - one.since));
  }

  void give_back(Role role, std::unique_ptr<C> connection) noexcept {
    {
      const std::lock_guard lock(mutex_);
      --used_;
      try {
        if (connection) waiting_[index(role)].push_back({std::move(connection), Deadline::Clock::now()});
      } catch (...) {
        // No memory to keep it: it is closed below.
      }
    }
    free_.notify_one();
  }

  mutable std::mutex mutex_;
  std::condition_variable free_;
  std::array<std::deque<Waiting>, 2> waiting_;
  std::size_t used_ = 0;
  std::size_t most_;
};

}  // namespace gatehouse::ldap
