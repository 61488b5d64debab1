// SPDX-License-Identifier: Apache-2.0
#pragma once
/// When what a backend knows last changed, for everybody and by subject. What is remembered carries the numbers it was
/// made under and counts only while those stand. The numbers lie in the region: what one process drops, all drop.
///
/// Several processes watch the same source, each for itself, and do not see a change at the same moment. A backend that
/// names the state it answers from (extension gatehouse.source/1) is kept from remembering anything for others while
/// its state is not the last that anybody announced.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

#include "region/cache_key.hpp"
#include "region/record_check.hpp"
#include "region/region.hpp"

namespace gatehouse::detail {

class Epochs {
 public:
  /// Who is told of each change, in the order that it takes effect here.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void invalidated(std::string_view subject) noexcept = 0;
    virtual void state_set(std::string_view name, const std::span<const std::string_view>* changed) noexcept = 0;
  };
  /// Set before anything changes; it outlives this object.
  void tell(Listener& listener) noexcept { listener_ = &listener; }

  /// The numbers of the backend with this definition, in whichever process.
  Epochs(std::shared_ptr<Region> region, const Digest& definition, std::uint64_t now_s = 0);
  /// In a region of its own: for an instance that no engine asks.
  [[nodiscard]] static std::shared_ptr<Epochs> alone();

  /// The plugin's word that its new state is in effect. Empty subject: everybody's. [any-thread]
  void invalidate(std::string_view subject) noexcept;
  /// authenticate() answers from the state of this name, and it differs from the one before for `changed`; without
  /// them, for anybody. [any-thread]
  void set_state(std::string_view name, const std::span<const std::string_view>* changed) noexcept;
  [[nodiscard]] bool names_state() const noexcept { return state_.load() != 0; }

  /// Moves with every change.
  [[nodiscard]] std::uint64_t any() const noexcept { return row(any_word).load(); }
  /// any(), for who is about to ask the backend; a number that never comes again while current() is false. What is
  /// answered then is of a state that is over, and the newer one may be here before the answer is.
  [[nodiscard]] std::uint64_t noted() const noexcept {
    const std::uint64_t number = any();  // first: whatever moves from here on is seen by it
    return current() ? number : number - 1;
  }
  /// Moves with a change of everybody, or of this subject (or one that shares its bucket).
  [[nodiscard]] std::uint64_t of(std::string_view subject) const noexcept { return of(bucket_of(subject)); }
  [[nodiscard]] std::uint64_t of(std::size_t bucket) const noexcept;
  [[nodiscard]] std::size_t bucket_of(std::string_view subject) const noexcept;
  /// False while another process has announced a newer state than this one's backend answers from, and when the
  /// numbers have been given to another backend: then nothing may be remembered.
  [[nodiscard]] bool current() const noexcept;
  /// Something is remembered under the numbers: they are not among those that were unused for longest.
  void used(std::uint64_t now_s) noexcept;
  /// False when the numbers have been given to another backend: then nothing that was remembered counts.
  [[nodiscard]] bool mine() const noexcept { return row(owner_word).load() == owner_; }

 private:
  enum Place : std::size_t { owner_word, state_word, any_word, everybody_word, since_word };
  [[nodiscard]] Word& row(std::size_t place) const noexcept { return row_[place]; }
  [[nodiscard]] Word* take_row(std::uint64_t now_s) noexcept;
  [[nodiscard]] bool move_in(Word* row, std::uint64_t before, std::uint64_t first_number) const noexcept;
  void bump_all() noexcept;
  void bump(std::string_view subject) noexcept;

  std::shared_ptr<Region> region_;
  CheckKey key_;
  std::uint64_t owner_;
  Word* row_;
  Listener* listener_ = nullptr;
  std::mutex mutex_;                     ///< one set_state() at a time
  std::atomic<std::uint64_t> state_{0};  ///< what this process's backend answers from; 0: it does not say
};

}  // namespace gatehouse::detail
