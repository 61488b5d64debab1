// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The users of a password file, indexed once and never changed. A million users take their text and about sixteen MiB.
///
/// Threads: const members from any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <htpasswd/cost.hpp>
#include <htpasswd/line.hpp>
#include <htpasswd/scheme.hpp>
#include "name_index.hpp"
#include "problems.hpp"

namespace gatehouse::htpasswd {

/// One user, as views into the table.
struct Account {
  std::string_view user;
  Scheme scheme = Scheme::empty;
  std::string_view hash;  ///< empty where the scheme is unusable
  friend bool operator==(const Account&, const Account&) = default;
};

class PasswordTable {
 public:
  PasswordTable() = default;
  PasswordTable(PasswordTable&&) noexcept = default;
  PasswordTable& operator=(PasswordTable&&) noexcept = default;
  ~PasswordTable();  ///< wipes

  /// The user of exactly this name.
  [[nodiscard]] std::optional<Account> find(std::string_view user) const;
  [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
  [[nodiscard]] const Costs& costs() const noexcept { return costs_; }

  /// All users, in the order of the file: start at 0, each call moves `position` on; nullopt at the end.
  [[nodiscard]] std::optional<Account> next(std::size_t& position) const;
  /// The bytes that next() walks over. Equal bytes are equal users.
  [[nodiscard]] std::string_view records() const noexcept { return records_; }

 private:
  friend class PasswordTableBuilder;
  [[nodiscard]] bool has_user(std::size_t offset, std::string_view user) const noexcept;
  [[nodiscard]] Account at(std::size_t offset) const noexcept;

  // Per user: the name, the scheme as a byte below 32 (which no name holds), the hash, '\n'. Never longer than the
  // file's own line, so that the room is known from the file's size.
  std::string records_;
  NameIndex index_;  // of offsets in records_
  Costs costs_;
};

/// Reads a file piece by piece. Of several lines with one user the first counts.
class PasswordTableBuilder {
 public:
  /// `expected` is the file's size in bytes; less than 4 GiB.
  PasswordTableBuilder(const Policy& policy, std::size_t expected);
  PasswordTableBuilder(const PasswordTableBuilder&) = delete;
  PasswordTableBuilder& operator=(const PasswordTableBuilder&) = delete;
  ~PasswordTableBuilder();  ///< wipes

  /// The next bytes, cut anywhere. Throws std::length_error past 4 GiB.
  void add(std::string_view bytes);
  /// Ends the last line. Call it once.
  [[nodiscard]] PasswordTable finish();
  [[nodiscard]] const Problems& problems() const noexcept { return problems_; }

 private:
  void add_line(std::string_view text);
  void add_account(std::string_view user, std::string_view hash);

  Policy policy_;
  PasswordTable table_;
  Problems problems_;
  std::string begun_;  // the part of a line that came so far
  std::size_t line_number_ = 0;
};

}  // namespace gatehouse::htpasswd
