// SPDX-License-Identifier: Apache-2.0
#include "region/throttle_notices.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "text/utf8.hpp"

namespace gatehouse::detail {
namespace {

std::int64_t milliseconds_of(SteadyTime time) noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// At most so many bytes, and no half of a character.
std::string_view cut(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

struct ThrottleNotices::Record {
  static constexpr std::size_t size = 4 + subject_words + source_words;
  std::array<std::uint64_t, size> words{};
  std::uint64_t& subject() noexcept { return words[0]; }
  std::uint64_t& source() noexcept { return words[1]; }
  std::uint64_t& until_ms() noexcept { return words[2]; }
  std::uint64_t& check() noexcept { return words[size - 1]; }
  char* subject_text() noexcept { return reinterpret_cast<char*>(&words[3]); }
  char* source_text() noexcept { return reinterpret_cast<char*>(&words[3 + subject_words]); }
  [[nodiscard]] std::uint64_t expected(const CheckKey& key) const noexcept {
    return record_check(key, std::span(words).first<size - 1>());
  }
  static std::string text(const char* from, std::size_t words) { return {from, strnlen(from, words * 8)}; }
};

ThrottleNotices::ThrottleNotices(const std::shared_ptr<Region>& region, const CacheKeyMaker& keys) noexcept
    : region_(region), words_(region->part(Part::notices)), places_(words_.size() / Record::size) {
  const Digest digest = keys.name("notices", {});
  key_ = {word_of(digest, 0), word_of(digest, 1)};
}

void ThrottleNotices::put(const Notice& notice, SteadyTime until) noexcept {
  Record record;
  record.subject() = notice.subject;
  record.source() = notice.source;
  record.until_ms() = static_cast<std::uint64_t>(milliseconds_of(until));
  const auto who = cut(notice.subject_text, subject_words * 8);
  const auto from = cut(notice.source_text, source_words * 8);
  std::copy(who.begin(), who.end(), record.subject_text());
  std::copy(from.begin(), from.end(), record.source_text());
  record.check() = record.expected(key_);
  Word* const at = &words_[(notice.subject ^ (notice.source * 31U)) % places_ * Record::size];
  for (std::size_t i = 0; i < Record::size; ++i) at[i].store(record.words[i], std::memory_order_relaxed);
}

bool ThrottleNotices::read(std::size_t place, Record& record) const noexcept {
  for (std::size_t i = 0; i < Record::size; ++i) {
    record.words[i] = words_[place * Record::size + i].load(std::memory_order_relaxed);
  }
  return record.check() == record.expected(key_);
}

std::vector<Throttled> ThrottleNotices::list(SteadyTime now) const {
  std::vector<Throttled> all;
  Record record;
  for (std::size_t place = 0; place < places_; ++place) {
    if (!read(place, record)) continue;
    const std::int64_t left = static_cast<std::int64_t>(record.until_ms()) - milliseconds_of(now);
    if (left <= 0) continue;
    all.push_back({Record::text(record.subject_text(), subject_words), Record::text(record.source_text(), source_words),
                   std::chrono::seconds((left + 999) / 1000)});
  }
  return all;
}

void ThrottleNotices::clear(std::uint64_t subject) noexcept {
  Record record;
  for (std::size_t place = 0; place < places_; ++place) {
    if (read(place, record) && record.subject() == subject) words_[(place + 1) * Record::size - 1].store(0);
  }
}

void ThrottleNotices::clear() noexcept {
  for (Word& word : words_) word.store(0);
}

}  // namespace gatehouse::detail
