// SPDX-License-Identifier: Apache-2.0
#include "region/identity_store.hpp"

#include <algorithm>
#include <cstring>

namespace gatehouse::detail {

IdentityStore::IdentityStore(std::shared_ptr<Region> region, const CacheKeyMaker& keys) noexcept
    : region_(std::move(region)),
      keys_(keys),
      words_(region_->part(Part::identities)),
      sets_(words_.size() / set_words) {}

TextId IdentityStore::name(std::string_view text) const noexcept {
  const Digest digest = keys_.name("identity", text);
  return {word_of(digest, 0), word_of(digest, 1)};
}

Word* IdentityStore::set_of(const TextId& id, std::size_t index, std::uint64_t& tag) const noexcept {
  const std::array<std::uint64_t, 1> words = {index};
  const std::uint64_t hash = record_check({id[0], id[1]}, words);
  tag = hash | 1U;
  return &words_[hash / 2 % sets_ * set_words];
}

IdentityStore::Chunk IdentityStore::way_of(Word* set, std::size_t way) noexcept {
  return {set + way, set + ways + way, set + 2 * ways + way * text_words};
}

IdentityStore::Chunk IdentityStore::find(const TextId& id, std::size_t index) const noexcept {
  std::uint64_t tag = 0;
  Word* const set = set_of(id, index, tag);
  for (std::size_t way = 0; way < ways; ++way) {
    if (set[way].load(std::memory_order_acquire) == tag) return way_of(set, way);
  }
  return {};
}

void IdentityStore::put_chunk(const TextId& id, std::size_t index, std::string_view text, std::uint64_t note) noexcept {
  std::uint64_t tag = 0;
  Word* const set = set_of(id, index, tag);
  std::array<std::uint64_t, text_words> words{};
  std::memcpy(words.data(), text.data(), text.size());
  Chunk place = way_of(set, 0);
  for (std::size_t way = 0; way < ways; ++way) {
    const Chunk chunk = way_of(set, way);
    const std::uint64_t found = chunk.tag->load(std::memory_order_relaxed);
    if (found == tag) {
      place = chunk;
      break;
    }
    const std::uint64_t best = place.tag->load(std::memory_order_relaxed);
    if (best != 0 && (found == 0 || chunk.note->load(std::memory_order_relaxed) >> 32U <
                                        place.note->load(std::memory_order_relaxed) >> 32U)) {
      place = chunk;
    }
  }
  // Also what seems to be there is written: what a killed process left halfway heals.
  for (std::size_t i = 0; i < text_words; ++i) {
    if (place.text[i].load(std::memory_order_relaxed) != words[i])
      place.text[i].store(words[i], std::memory_order_relaxed);
  }
  if (place.note->load(std::memory_order_relaxed) != note) place.note->store(note, std::memory_order_relaxed);
  if (place.tag->load(std::memory_order_relaxed) != tag) place.tag->store(tag, std::memory_order_release);
}

TextId IdentityStore::put(std::string_view text, std::uint32_t now_s) noexcept {
  const TextId id = name(text);
  const std::uint64_t when = static_cast<std::uint64_t>(now_s) << 32U;
  for (std::size_t index = 0; index == 0 || index * chunk_size < text.size(); ++index) {
    put_chunk(id, index, text.substr(index * chunk_size, chunk_size), when | text.size());
  }
  return id;
}

std::optional<std::string> IdentityStore::get(const TextId& id) const {
  const Chunk first = find(id, 0);
  if (first.tag == nullptr) return std::nullopt;
  const std::size_t size = first.note->load(std::memory_order_relaxed) & 0xFFFFFFFFU;
  if (size > max_text) return std::nullopt;
  std::string text(size, '\0');
  for (std::size_t at = 0; at < size; at += chunk_size) {
    const Chunk chunk = at == 0 ? first : find(id, at / chunk_size);
    if (chunk.tag == nullptr) return std::nullopt;
    std::array<std::uint64_t, text_words> words{};
    for (std::size_t i = 0; i < text_words; ++i) words[i] = chunk.text[i].load(std::memory_order_relaxed);
    std::memcpy(text.data() + at, words.data(), std::min(chunk_size, size - at));
  }
  if (name(text) != id) return std::nullopt;
  return text;
}

}  // namespace gatehouse::detail
