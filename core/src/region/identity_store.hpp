// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Texts in the region under names that are made from them: who a cached credential belongs to. One text serves however
/// many credentials refer to it.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "region/cache_key.hpp"
#include "region/record_check.hpp"
#include "region/region.hpp"

namespace gatehouse::detail {

/// A MAC over the text. What does not match its name is not believed.
using TextId = std::array<std::uint64_t, 2>;

class IdentityStore {
 public:
  static constexpr std::size_t max_text = 64 * 1024;

  explicit IdentityStore(std::shared_ptr<Region> region, const CacheKeyMaker& keys) noexcept;

  /// Keeps the text until others need its place, the longest unused first. [any-thread]
  TextId put(std::string_view text, std::uint32_t now_s) noexcept;
  /// The whole text, or nothing. [any-thread]
  [[nodiscard]] std::optional<std::string> get(const TextId& id) const;

 private:
  static constexpr std::size_t ways = 8;
  static constexpr std::size_t text_words = 20;
  static constexpr std::size_t chunk_size = text_words * 8;
  /// Tags, what is said beside each (its last use, and in the first chunk the length), texts.
  static constexpr std::size_t set_words = ways * (2 + text_words);
  struct Chunk {
    Word* tag = nullptr;
    Word* note = nullptr;
    Word* text = nullptr;
  };
  [[nodiscard]] Chunk find(const TextId& id, std::size_t index) const noexcept;
  void put_chunk(const TextId& id, std::size_t index, std::string_view text, std::uint64_t note) noexcept;
  [[nodiscard]] TextId name(std::string_view text) const noexcept;
  [[nodiscard]] Word* set_of(const TextId& id, std::size_t index, std::uint64_t& tag) const noexcept;
  [[nodiscard]] static Chunk way_of(Word* set, std::size_t way) noexcept;

  std::shared_ptr<Region> region_;
  const CacheKeyMaker& keys_;
  std::span<Word> words_;
  std::size_t sets_;
};

}  // namespace gatehouse::detail
