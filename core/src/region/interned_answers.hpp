// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The answers that this process has made of texts of the region, so that a hit makes none: many locks, each held for
/// one look.
#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include <gatehouse/decision.hpp>

#include "region/identity_store.hpp"

namespace gatehouse::detail {

class InternedAnswers {
 public:
  /// Answers beyond so many, or beyond so much memory, are made anew when they are needed; the oldest go first.
  static constexpr std::size_t most = 65'536;
  static constexpr std::size_t most_bytes = std::size_t{64} << 20U;

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
    const auto found = shard.places.find(name);
    return found == shard.places.end() ? nullptr : found->second->answer;
  }

  void put(const Name& name, std::shared_ptr<const Answer> answer) {
    std::list<Entry> made;
    made.push_back({name, std::move(answer), 0});
    made.back().bytes = size_of(*made.back().answer);
    Shard& shard = shard_of(name);
    std::list<Entry> gone;  // let go of after the lock
    const std::lock_guard lock(shard.mutex);
    if (!shard.places.emplace(name, made.begin()).second) return;
    shard.bytes += made.back().bytes;
    shard.entries.splice(shard.entries.end(), made);
    while (shard.places.size() > most / shards || (shard.bytes > most_bytes / shards && shard.places.size() > 1)) {
      const auto oldest = shard.entries.begin();
      shard.bytes -= oldest->bytes;
      shard.places.erase(oldest->name);
      gone.splice(gone.end(), shard.entries, oldest);
    }
  }

  /// How much memory is taken, about. [any-thread]
  [[nodiscard]] std::size_t bytes() const noexcept {
    std::size_t all = 0;
    for (const Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      all += shard.bytes;
    }
    return all;
  }

 private:
  static constexpr std::size_t shards = 64;
  struct Hash {
    std::size_t operator()(const Name& name) const noexcept {
      return name.id[0] ^ (static_cast<std::uint64_t>(name.expiry_ms) * 0x9E3779B97F4A7C15ULL);
    }
  };
  struct Entry {
    Name name;
    std::shared_ptr<const Answer> answer;
    std::size_t bytes = 0;
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::list<Entry> entries;  ///< the oldest first
    std::unordered_map<Name, std::list<Entry>::iterator, Hash> places;
    std::size_t bytes = 0;
  };
  static std::size_t size_of(const Answer& answer) noexcept {
    constexpr std::size_t beside = 256;  // what holds it
    const Identity& identity = answer.identity;
    std::size_t size = sizeof answer + beside + identity.subject.capacity() + answer.claimed_subject.capacity();
    for (const std::string& group : identity.groups) size += sizeof(std::string) + group.capacity();
    for (const auto& [name, value] : identity.attributes) {
      size += 2 * sizeof(std::string) + name.capacity() + value.capacity();
    }
    return size;
  }
  [[nodiscard]] Shard& shard_of(const Name& name) noexcept { return shards_[name.id[1] % shards]; }
  [[nodiscard]] const Shard& shard_of(const Name& name) const noexcept { return shards_[name.id[1] % shards]; }

  std::array<Shard, shards> shards_;
};

}  // namespace gatehouse::detail
