// SPDX-License-Identifier: Apache-2.0
#include "password_table.hpp"

#include <string.h>  // explicit_bzero

#include <algorithm>
#include <stdexcept>

#include <htpasswd/hash_shape.hpp>
#include <htpasswd/lines.hpp>

namespace gatehouse::htpasswd {
namespace {

void wipe(std::string& text) noexcept {
  if (!text.empty()) ::explicit_bzero(text.data(), text.size());
}

bool is_separator(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20U;
}

}  // namespace

PasswordTable::~PasswordTable() {
  wipe(records_);
}

bool PasswordTable::has_user(std::size_t offset, std::string_view user) const noexcept {
  const std::string_view record = std::string_view(records_).substr(offset);
  return record.size() > user.size() && is_separator(record[user.size()]) && record.starts_with(user);
}

Account PasswordTable::at(std::size_t offset) const noexcept {
  const std::string_view record = std::string_view(records_).substr(offset);
  const auto separator =
      static_cast<std::size_t>(std::find_if(record.begin(), record.end(), is_separator) - record.begin());
  const std::size_t end = record.find('\n', separator);
  return {record.substr(0, separator), static_cast<Scheme>(record[separator]),
          record.substr(separator + 1, end - separator - 1)};
}

std::optional<Account> PasswordTable::find(std::string_view user) const {
  if (!is_name(user)) return std::nullopt;
  const std::uint32_t offset = index_.find(user, [&](std::uint32_t candidate) { return has_user(candidate, user); });
  if (offset == NameIndex::kNone) return std::nullopt;
  return at(offset);
}

std::optional<Account> PasswordTable::next(std::size_t& position) const {
  if (position >= records_.size()) return std::nullopt;
  const Account account = at(position);
  position += account.user.size() + account.hash.size() + 2;
  return account;
}

PasswordTableBuilder::PasswordTableBuilder(const Policy& policy, std::size_t expected) : policy_(policy) {
  table_.records_.reserve(expected + 1);  // one more for a last line without '\n'
}

PasswordTableBuilder::~PasswordTableBuilder() {
  wipe(begun_);
}

void PasswordTableBuilder::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (end != std::string_view::npos && begun_.empty()) {
      add_line(piece);
    } else {
      // In one place from the start, so that no copy is left behind unwiped.
      if (begun_.capacity() < kLongestLine + 2) begun_.reserve(kLongestLine + 2);
      // Of a line that is too long, enough is kept to see that it is.
      begun_.append(piece.substr(0, kLongestLine + 2 - std::min(begun_.size(), kLongestLine + 2)));
      if (end != std::string_view::npos) {
        add_line(begun_);
        wipe(begun_);
        begun_.clear();
      }
    }
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
}

PasswordTable PasswordTableBuilder::finish() {
  if (!begun_.empty()) add_line(begun_);
  return std::move(table_);
}

void PasswordTableBuilder::add_line(std::string_view text) {
  ++line_number_;
  if (line_number_ == 1) text.remove_prefix(byte_order_mark(text).size());
  const Line line = parse_line(text);
  if (line.kind == LineKind::entry) {
    add_account(line.user, line.hash);
  } else if (line.kind != LineKind::ignored) {
    problems_.add(line_number_, complaint(line.kind));
  }
}

void PasswordTableBuilder::add_account(std::string_view user, std::string_view hash) {
  if (table_.find(user)) {
    problems_.add(line_number_, "user \"" + std::string(user) + "\" again; the first line counts");
    return;
  }
  const HashShape shape = shape_of(hash, policy_);
  if (const std::string_view text = complaint(shape.scheme); !text.empty()) {
    problems_.add(line_number_, "user \"" + std::string(user) + "\" is always refused: " + std::string(text));
  }
  const std::size_t offset = table_.records_.size();
  if (offset >= NameIndex::kNone - kLongestLine) throw std::length_error("more than 4 GiB of users");
  table_.costs_.add(shape.scheme, shape.work);
  table_.records_.append(user);
  table_.records_.push_back(static_cast<char>(shape.scheme));
  if (is_usable(shape.scheme)) table_.records_.append(hash);
  table_.records_.push_back('\n');
  table_.index_.insert(user, static_cast<std::uint32_t>(offset));
}

}  // namespace gatehouse::htpasswd
