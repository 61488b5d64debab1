// SPDX-License-Identifier: Apache-2.0
#include "region/known_networks.hpp"

#include <array>

#include "region/record_check.hpp"

namespace gatehouse::detail {

std::uint64_t KnownNetworks::pair_of(std::uint64_t account, std::uint64_t source) noexcept {
  const std::array<std::uint64_t, 2> words = {source, account};
  return record_check({account, source}, words);
}

KnownNetworks::Row KnownNetworks::find(std::uint64_t account, std::uint64_t source) const noexcept {
  const std::uint64_t pair = pair_of(account, source);
  const std::uint64_t name = login_name(pair) << 16U | account_tag(account);
  const auto set = set_of(account);
  for (std::size_t way = 0; way < ways; ++way) {
    Row row{&set[2 * way], &set[2 * way + 1]};
    row.wrong_value = row.wrong->load();
    row.login_value = row.login->load();
    if (row.login_value >> 24U == name && row.wrong_value >> 40U == wrong_name(pair)) return row;
  }
  return {};
}

bool KnownNetworks::knows(std::uint64_t account, std::uint64_t source, Minutes now, Minutes keep) const noexcept {
  const Row row = find(account, source);
  return row.login != nullptr && ((now - row.login_value) & minute_mask) <= keep;
}

void KnownNetworks::remember(std::uint64_t account, std::uint64_t source, Minutes now) noexcept {
  const std::uint64_t pair = pair_of(account, source);
  const std::uint64_t login = login_name(pair) << 40U | account_tag(account) << 24U | (now & minute_mask);
  if (Row row = find(account, source); row.login != nullptr) {
    row.login->compare_exchange_strong(row.login_value, login);
    return;
  }
  const auto set = set_of(account);
  const std::size_t way = who_gives_way(set, account_tag(account), now);
  set[2 * way + 1].store(wrong_word(pair, {}));
  set[2 * way].store(login);
}

std::size_t KnownNetworks::who_gives_way(std::span<Word> set, std::uint64_t newcomer, Minutes now) noexcept {
  std::array<std::uint64_t, ways> logins{};
  for (std::size_t way = 0; way < ways; ++way) logins.at(way) = set[2 * way].load();
  std::size_t chosen = 0;
  std::size_t most = 0;
  std::uint64_t oldest = 0;
  for (std::size_t way = 0; way < ways; ++way) {
    const std::uint64_t login = logins.at(way);
    if (login == 0) return way;
    std::size_t rows = account_in(login) == newcomer ? 1U : 0U;
    for (const std::uint64_t other : logins) rows += account_in(other) == account_in(login) ? 1U : 0U;
    const std::uint64_t age = (now - login) & minute_mask;
    if (rows < most || (rows == most && age <= oldest && most != 0)) continue;
    chosen = way;
    most = rows;
    oldest = age;
  }
  return chosen;
}

Guesses KnownNetworks::take(std::uint64_t account, std::uint64_t source) noexcept {
  Guesses taken;
  update(account, source, [&](const Guesses& guesses) -> std::optional<Guesses> {
    taken = guesses;
    return Guesses{};
  });
  return taken;
}

void KnownNetworks::clear_wrong(Word& wrong) noexcept {
  std::uint64_t value = wrong.load();
  while (!wrong.compare_exchange_weak(value, value >> 40U << 40U)) {
  }
}

void KnownNetworks::forget_guesses(std::uint64_t account) noexcept {
  const auto set = set_of(account);
  for (std::size_t way = 0; way < ways; ++way) {
    if (account_in(set[2 * way].load()) == account_tag(account)) clear_wrong(set[2 * way + 1]);
  }
}

void KnownNetworks::forget_guesses() noexcept {
  for (std::size_t i = 1; i < sets_ * set_words; i += 2) clear_wrong(words_[i]);
}

}  // namespace gatehouse::detail
