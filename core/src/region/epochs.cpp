// SPDX-License-Identifier: Apache-2.0
#include "region/epochs.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::detail {
namespace {

constexpr std::size_t row_words = 8;
/// In place of a state while it is being changed. No state is even.
constexpr std::uint64_t changing = 2;

/// The numbers of one tenant of a row are below those of the next, however often they move.
constexpr unsigned numbers_of_one = 32;

void raise(Word& number, std::uint64_t to) noexcept {
  std::uint64_t now = number.load();
  while (now < to && !number.compare_exchange_weak(now, to)) {
  }
}

std::uint64_t text_hash(const CheckKey& key, std::string_view text) noexcept {
  const Digest digest = PartsDigest().add(key.first).add(key.second).add(text).finish();
  return word_of(digest, 0);
}

CheckKey key_of(const RegionKey& key) noexcept {
  const Digest digest =
      PartsDigest().add("epochs").add({reinterpret_cast<const char*>(key.data()), key.size()}).finish();
  return {word_of(digest, 0), word_of(digest, 1)};
}

}  // namespace

Epochs::Epochs(std::shared_ptr<Region> region, const Digest& definition, std::uint64_t now_s)
    : region_(std::move(region)),
      key_(key_of(region_->key())),
      owner_(text_hash(key_, {reinterpret_cast<const char*>(definition.data()), definition.size()}) | 1U),
      row_(take_row(now_s)) {}

std::shared_ptr<Epochs> Epochs::alone() {
  return std::make_shared<Epochs>(Region::own(Region::minimum_size()), Digest{});
}

Word* Epochs::take_row(std::uint64_t now_s) noexcept {
  const std::span<Word> rows = region_->part(Part::epochs);
  const std::size_t count = rows.size() / row_words;
  const std::uint64_t first_number = (region_->control(Control::tenants).fetch_add(1) + 1) << numbers_of_one;
  for (;;) {
    Word* oldest = nullptr;
    for (std::size_t i = 0; i < count; ++i) {
      Word* const row = &rows[(owner_ + i) % count * row_words];
      std::uint64_t owner = row[owner_word].load();
      if (owner == owner_ || (owner == 0 && move_in(row, 0, first_number)) || row[owner_word].load() == owner_) {
        row[since_word].store(now_s);
        return row;
      }
      if (oldest == nullptr || row[since_word].load() < oldest[since_word].load()) oldest = row;
    }
    // Hundreds of definitions are in use: the one that was unused for longest gives way.
    if (!move_in(oldest, oldest[owner_word].load(), first_number)) continue;
    oldest[since_word].store(now_s);
    return oldest;
  }
}

// The numbers first: nothing counts that was remembered under any that stood in any row before, not even of the same
// backend. Who is killed here has dropped what was there.
bool Epochs::move_in(Word* row, std::uint64_t before, std::uint64_t first_number) const noexcept {
  raise(row[any_word], first_number);
  raise(row[everybody_word], first_number);
  return row[owner_word].compare_exchange_strong(before, owner_);
}

void Epochs::used(std::uint64_t now_s) noexcept {
  constexpr std::uint64_t often_enough = 60;
  if (mine() && row(since_word).load() + often_enough <= now_s) row(since_word).store(now_s);
}

void Epochs::invalidate(std::string_view subject) noexcept {
  const Region::Visit visit(*region_);
  if (!visit) return;
  if (subject.empty()) {
    bump_all();
  } else {
    bump(subject);
  }
  if (listener_ != nullptr) listener_->invalidated(subject);
}

// Each counter of what is affected moves twice, with `any` between: whoever reads the first new number and stores an
// answer from before sees the second (see GrantCache::store); who is killed between them has dropped what was there.
void Epochs::bump_all() noexcept {
  row(everybody_word).fetch_add(1);
  row(any_word).fetch_add(1);
  row(everybody_word).fetch_add(1);
}

void Epochs::bump(std::string_view subject) noexcept {
  Word& bucket = region_->part(Part::people)[bucket_of(subject)];
  bucket.fetch_add(1);
  row(any_word).fetch_add(1);
  bucket.fetch_add(1);
}

void Epochs::set_state(std::string_view name, const std::span<const std::string_view>* changed) noexcept {
  // Of this backend: what another has left in the row is none of its states.
  const std::uint64_t next = (text_hash(key_, name) ^ owner_) | 1U;
  const std::lock_guard lock(mutex_);
  const Region::Visit visit(*region_);
  if (!visit) return;
  const std::uint64_t before = state_.load();
  const std::uint64_t announced = row(state_word).load();
  if (announced != next) {
    row(state_word).store(changing);
    // Only who comes from the state that was announced last knows what has changed since.
    if (changed != nullptr && announced == before) {
      for (const std::string_view subject : *changed) bump(subject);
    } else {
      bump_all();
    }
    row(state_word).store(next);
  }
  state_.store(next);
  if (listener_ != nullptr) listener_->state_set(name, changed);
}

std::uint64_t Epochs::of(std::size_t bucket) const noexcept {
  const std::span<Word> people = region_->part(Part::people);
  return row(everybody_word).load() + people[bucket % people.size()].load();
}

std::size_t Epochs::bucket_of(std::string_view subject) const noexcept {
  return (owner_ ^ text_hash(key_, subject)) % region_->part(Part::people).size();
}

bool Epochs::current() const noexcept {
  if (!mine()) return false;
  const std::uint64_t state = state_.load();
  return state == 0 || row(state_word).load() == state;
}

}  // namespace gatehouse::detail
