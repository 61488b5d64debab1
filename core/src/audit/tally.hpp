// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Counts instead of lines: of logins that memory granted, and of refusals in a flood. Both are exact, and bounded in
/// memory: what has no place of its own is counted together.
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gatehouse/decision.hpp>

#include "runtime/clock.hpp"

namespace gatehouse::detail {

/// A door's name, as far as it is told; without memory of its own.
class DoorName {
 public:
  DoorName() noexcept = default;
  explicit DoorName(std::string_view name) noexcept;
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }
  bool operator==(const DoorName&) const noexcept = default;

 private:
  std::array<char, 15> text_{};
  std::uint8_t size_ = 0;
};

/// Logins from memory, by realm, door and subject. add() allocates nothing. [any-thread]
class CachedTally {
 public:
  static constexpr std::size_t shard_count = 8;
  static constexpr std::size_t slots_per_shard = 512;
  static constexpr std::size_t longest_probe = 16;

  struct Entry {
    std::shared_ptr<const std::string> realm;  ///< null: of those that found no place
    DoorName door;
    std::shared_ptr<const Answer> answer;  ///< its subject is who was granted
    std::uint64_t count = 0;
  };

  void add(const std::shared_ptr<const std::string>& realm, const DoorName& door,
           const std::shared_ptr<const Answer>& answer) noexcept;
  /// What was counted since the last time.
  [[nodiscard]] std::vector<Entry> take();

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    std::array<Entry, slots_per_shard> slots;
    std::uint64_t others = 0;
    bool used = false;
  };
  std::array<Shard, shard_count> shards_;
};

/// Lets so many refusals a second of each kind be told one by one, and counts the others. [any-thread]
class FloodTally {
 public:
  static constexpr std::uint64_t per_second = 50;
  static constexpr std::size_t most_kinds = 256;

  struct Entry {
    std::string realm;
    std::string door;
    DecisionCode decision = DecisionCode::unavailable;
    Reason reason = Reason::none;
    std::uint64_t count = 0;
  };

  /// True: tell it. False: it is counted.
  [[nodiscard]] bool admit(std::string_view realm, std::string_view door, DecisionCode decision, Reason reason,
                           SteadyTime now) noexcept;
  /// What was counted since the last time.
  [[nodiscard]] std::vector<Entry> take();
  [[nodiscard]] bool empty() const noexcept;

 private:
  using Key = std::tuple<std::string, std::string, DecisionCode, Reason>;
  struct Window {
    SteadyTime began{};
    std::uint64_t count = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<DecisionCode, Reason>, Window> windows_;  // both are closed lists
  std::map<Key, std::uint64_t> counts_;
  std::uint64_t others_ = 0;  ///< no place, or no memory
};

}  // namespace gatehouse::detail
