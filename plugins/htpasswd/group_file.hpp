// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A group file in the format of Apache's AuthGroupFile: "group: user user", one or more lines per group.
///
/// Threads: const members from any thread.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "name_index.hpp"
#include "problems.hpp"

namespace gatehouse::htpasswd {

class GroupTable {
 public:
  GroupTable() = default;

  /// Takes the file's text. Bad lines and names are reported and cost only themselves. Throws std::length_error past
  /// 4 GiB.
  GroupTable(std::string text, Problems& problems);

  /// The user's groups in the order of the file, each once.
  [[nodiscard]] std::vector<std::string_view> groups_of(std::string_view user) const;
  /// Every user that is in some group.
  [[nodiscard]] std::vector<std::string_view> users() const;
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  struct Name {
    std::uint32_t offset;
    std::uint32_t size;
  };
  struct User {
    Name name;
    std::uint32_t last;  // of its memberships
  };
  struct Membership {
    std::uint32_t group;
    std::uint32_t previous;  // of the same user, or NameIndex::kNone
  };
  void add_line(std::string_view line, std::size_t number, Problems& problems);
  void add_member(std::string_view user, std::uint32_t group);
  [[nodiscard]] std::uint32_t group_number(std::string_view group);
  [[nodiscard]] std::string_view view(Name name) const noexcept {
    return std::string_view(text_).substr(name.offset, name.size);
  }
  [[nodiscard]] Name name_of(std::string_view part) const noexcept {
    return {static_cast<std::uint32_t>(part.data() - text_.data()), static_cast<std::uint32_t>(part.size())};
  }

  std::string text_;
  std::vector<Name> groups_;
  std::vector<User> users_;
  std::vector<Membership> memberships_;
  NameIndex group_index_;
  NameIndex user_index_;
};

}  // namespace gatehouse::htpasswd
