// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The answers that this process has made of texts of the region, so that a hit makes none: many locks, each held for
/// one look.
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include <gatehouse/decision.hpp>

#include "region/identity_store.hpp"

namespace gatehouse::detail {

class InternedAnswers {
 public:
  /// Answers beyond so many are made anew when they are needed.
  static constexpr std::size_t most = 65'536;

  /// An answer is the text of an identity with an end of its own (0: none).
  struct Name {
    TextId id{};
    std::int64_t expiry_ms = 0;
    bool operator==(const Name&) const = default;
  };

  /// Null: this process has not made it yet. Allocates nothing. [any-thread]
  [[nodiscard]] std::shared_ptr<const Answer> find(const Name& name) const noexcept {
    const Shard& shard = shard_of(name);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.answers.find(name);
    return found == shard.answers.end() ? nullptr : found->second;
  }

  void put(const Name& name, std::shared_ptr<const Answer> answer) {
    Shard& shard = shard_of(name);
    std::shared_ptr<const Answer> gone;  // let go of after the lock
    const std::lock_guard lock(shard.mutex);
    if (shard.answers.size() >= most / shards && !shard.answers.contains(name)) {
      gone = std::move(shard.answers.begin()->second);
      shard.answers.erase(shard.answers.begin());
    }
    shard.answers[name] = std::move(answer);
  }

 private:
  static constexpr std::size_t shards = 64;
  struct Hash {
    std::size_t operator()(const Name& name) const noexcept {
      return name.id[0] ^ (static_cast<std::uint64_t>(name.expiry_ms) * 0x9E3779B97F4A7C15ULL);
    }
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<Name, std::shared_ptr<const Answer>, Hash> answers;
  };
  [[nodiscard]] Shard& shard_of(const Name& name) noexcept { return shards_[name.id[1] % shards]; }
  [[nodiscard]] const Shard& shard_of(const Name& name) const noexcept { return shards_[name.id[1] % shards]; }

  std::array<Shard, shards> shards_;
};

}  // namespace gatehouse::detail
