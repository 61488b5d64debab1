// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is asked of a directory, and what it answers.
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "settings.hpp"

namespace gatehouse::ldap {

struct Entry {
  std::string dn{};
  std::map<std::string, std::vector<std::string>, std::less<>> attributes{};  ///< names in lower case, with options

  /// All values of an attribute, whatever the case of its name.
  [[nodiscard]] const std::vector<std::string>& values(std::string_view name) const;
};

struct SearchRequest {
  std::string base{};
  Scope scope = Scope::subtree;
  std::string filter{};
  std::vector<std::string> attributes{};  ///< empty = none
  std::size_t most = 2;                   ///< entries
  bool in_pages = false;                  ///< for servers that give no more than a page at once
};

enum class SearchStatus {
  done,
  too_many,        ///< more entries than `most`; those that came are there
  no_base,         ///< the base does not exist
  refused,         ///< the server answered with an error
  timed_out,       ///< no answer in time
  lost,            ///< the connection broke
  not_sent,        ///< no connection could be had
  overload,        ///< all connections stayed in use
  wrong_identity,  ///< a fault in this program: the connection belongs to somebody else
};

struct SearchReply {
  SearchStatus status = SearchStatus::not_sent;
  std::string detail{};  ///< for the log
  std::vector<Entry> entries{};
};

class Directory {
 public:
  Directory() = default;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  virtual ~Directory() = default;
  [[nodiscard]] virtual SearchReply search(const SearchRequest& request) = 0;
};

}  // namespace gatehouse::ldap
