// SPDX-License-Identifier: Apache-2.0
#pragma once
/// From where each account's owner has logged in, and what was wrong from there since.
///
/// Only a login makes a row, so that guesses can push none out and make none heavier. An account has its rows in one
/// set; where that is full, the account with most rows there gives its oldest: who logs in from everywhere crowds out
/// nobody who does not.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "region/guess_table.hpp"
#include "region/region.hpp"

namespace gatehouse::detail {

class KnownNetworks {
 public:
  using Minutes = std::uint32_t;

  explicit KnownNetworks(std::span<Word> words) noexcept : words_(words), sets_(words.size() / set_words) {}

  /// A login of this account from there was at most `keep` before `now`.
  [[nodiscard]] bool knows(std::uint64_t account, std::uint64_t source, Minutes now, Minutes keep) const noexcept;
  /// There was one now. A row that is new has nothing wrong in it.
  void remember(std::uint64_t account, std::uint64_t source, Minutes now) noexcept;

  /// Changes what was wrong as `change(Guesses) -> optional<Guesses>` says; nullopt leaves it, and false is returned.
  /// nullopt: there is no such row.
  template <typename Change>
  std::optional<bool> update(std::uint64_t account, std::uint64_t source, Change change) noexcept {
    for (;;) {
      const Row row = find(account, source);
      if (row.login == nullptr) return std::nullopt;
      const std::optional<Guesses> next = change(guesses_of(row.wrong_value));
      if (!next) return false;
      std::uint64_t expected = row.wrong_value;
      if (row.wrong->compare_exchange_strong(expected, wrong_word(pair_of(account, source), *next))) return true;
    }
  }
  /// What was wrong is forgotten, from one network or from all; what is known stays known.
  Guesses take(std::uint64_t account, std::uint64_t source) noexcept;
  void forget_guesses(std::uint64_t account) noexcept;
  void forget_guesses() noexcept;

 private:
  // A row is two words that both carry a part of its name: when they do not fit together it is none.
  //   login: name 24, account 16, minute 24     wrong: name 24, count 8, time 32
  static constexpr std::size_t ways = 8;
  static constexpr std::size_t set_words = 2 * ways;
  static constexpr std::uint64_t minute_mask = 0xFFFFFF;
  struct Row {
    Word* login = nullptr;
    Word* wrong = nullptr;
    std::uint64_t login_value = 0;
    std::uint64_t wrong_value = 0;
  };

  [[nodiscard]] static std::uint64_t pair_of(std::uint64_t account, std::uint64_t source) noexcept;
  static std::uint64_t login_name(std::uint64_t pair) noexcept { return pair >> 40U | 1U; }
  static std::uint64_t wrong_name(std::uint64_t pair) noexcept { return pair >> 16U & 0xFFFFFFU; }
  static std::uint64_t account_tag(std::uint64_t account) noexcept { return account >> 48U; }
  static std::uint64_t account_in(std::uint64_t login) noexcept { return login >> 24U & 0xFFFFU; }
  static Guesses guesses_of(std::uint64_t wrong) noexcept {
    return {static_cast<std::uint32_t>(wrong >> 32U & 0xFFU), static_cast<Ticks>(wrong)};
  }
  static std::uint64_t wrong_word(std::uint64_t pair, const Guesses& guesses) noexcept {
    return wrong_name(pair) << 40U | static_cast<std::uint64_t>(std::min(guesses.count, most_guesses)) << 32U |
           guesses.time;
  }
  [[nodiscard]] std::span<Word> set_of(std::uint64_t account) const noexcept {
    return words_.subspan((account >> 1U) % sets_ * set_words, set_words);  // names are odd
  }
  [[nodiscard]] Row find(std::uint64_t account, std::uint64_t source) const noexcept;
  [[nodiscard]] static std::size_t who_gives_way(std::span<Word> set, std::uint64_t newcomer, Minutes now) noexcept;
  static void clear_wrong(Word& wrong) noexcept;

  std::span<Word> words_;
  std::size_t sets_;
};

}  // namespace gatehouse::detail
