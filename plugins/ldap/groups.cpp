// SPDX-License-Identifier: Apache-2.0
#include "groups.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "dn.hpp"
#include "filter.hpp"
#include "text.hpp"
#include "utf8.hpp"

namespace gatehouse::ldap {
namespace {

constexpr std::string_view in_chain_rule = ":1.2.840.113556.1.4.1941:";
constexpr std::string_view any_object = "(objectClass=*)";
/// How many groups are asked for at once on a walk.
constexpr std::size_t walk_step = 32;
constexpr std::size_t longest_name = 512;

bool holds_user_names(std::string_view attribute) {
  return same_word(attribute, "memberUid");
}

class Collector {
 public:
  Collector(const GroupRules& rules, Directory& directory) : rules_(rules), directory_(directory) {}

  void add_member_of(const Entry& user) {
    std::vector<std::string> values = user.values(rules_.member_of_attribute);
    if (!add_ranges(user, values)) return;
    for (const std::string& dn : values) {
      const auto key = dn_key(dn);
      if (!key || !is_within(*key, rules_.base_key) || !is_directly_below(*key, rules_.parents_key)) continue;
      auto name = rules_.name_attribute == "dn" ? dn : first_value(dn, rules_.name_attribute);
      if (!name && !look_up_name(dn, name)) return;
      if (!add(dn, *key, name)) return;
    }
  }

  void search(const std::string& user_dn, const std::string& subject) {
    std::vector<std::string> members;
    for (const std::string& attribute : rules_.attributes) {
      if (holds_user_names(attribute)) {
        members.push_back(equals_filter(attribute, subject));
      } else if (rules_.nesting == Nesting::in_chain) {
        members.push_back("(" + attribute + std::string(in_chain_rule) + "=" + escape_filter_value(user_dn) + ")");
      } else {
        members.push_back(equals_filter(attribute, user_dn));
      }
    }
    search_for(members);
  }

  /// From the groups found so far to those that hold them, until there is none that was not seen.
  void walk() {
    for (std::size_t depth = 0; !fresh_.empty(); ++depth) {
      if (depth == rules_.deepest) {
        found_.deeper = true;
        return;
      }
      const auto step = std::exchange(fresh_, {});
      for (std::size_t begin = 0; begin < step.size(); begin += walk_step) {
        std::vector<std::string> members;
        for (std::size_t i = begin; i < std::min(begin + walk_step, step.size()); ++i) {
          for (const std::string& attribute : rules_.attributes) {
            if (!holds_user_names(attribute)) members.push_back(equals_filter(attribute, step[i]));
          }
        }
        if (members.empty() || !search_for(members)) return;
      }
    }
  }

  [[nodiscard]] bool good() const noexcept { return found_.status == SearchStatus::done; }
  Groups take() {
    std::sort(found_.names.begin(), found_.names.end());
    found_.names.erase(std::unique(found_.names.begin(), found_.names.end()), found_.names.end());
    return std::move(found_);
  }

 private:
  bool fail(SearchStatus status, std::string detail) {
    found_.status = status;
    found_.detail = std::move(detail);
    return false;
  }

  bool ask(const SearchRequest& request, SearchReply& reply) {
    reply = directory_.search(request);
    if (reply.status == SearchStatus::done) return true;
    if (reply.status == SearchStatus::too_many) {
      return fail(reply.status, "the user is in more groups than max_groups or than the server tells at once");
    }
    if (reply.status == SearchStatus::no_base) return fail(reply.status, "group_base does not exist");
    return fail(reply.status, "groups: " + reply.detail);
  }

  bool search_for(const std::vector<std::string>& members) {
    SearchRequest request;
    request.base = rules_.base;
    request.filter = all_of_filters({rules_.filter, any_of_filters(members)});
    if (rules_.name_attribute != "dn") request.attributes = {rules_.name_attribute};
    request.most = rules_.most;
    request.in_pages = true;
    SearchReply reply;
    if (!ask(request, reply)) return false;
    for (const Entry& entry : reply.entries) {
      const auto key = dn_key(entry.dn);
      if (!key) continue;
      if (!add(entry.dn, *key, name_of(entry))) return false;
    }
    return true;
  }

  /// The value in the group's own name if there is one, else its only value.
  [[nodiscard]] std::optional<std::string> name_of(const Entry& entry) const {
    if (rules_.name_attribute == "dn") return entry.dn;
    if (auto name = first_value(entry.dn, rules_.name_attribute)) return name;
    const auto& values = entry.values(rules_.name_attribute);
    if (values.size() != 1) return std::nullopt;
    return values.front();
  }

  /// False if the directory failed. A group that is gone has no name.
  bool look_up_name(const std::string& dn, std::optional<std::string>& name) {
    SearchRequest request;
    request.base = dn;
    request.scope = Scope::base;
    request.filter = any_object;
    request.attributes = {rules_.name_attribute};
    const SearchReply reply = directory_.search(request);
    if (reply.status != SearchStatus::done && reply.status != SearchStatus::no_base) {
      return fail(reply.status, "groups: " + reply.detail);
    }
    if (reply.entries.size() == 1) name = name_of(reply.entries.front());
    return true;
  }

  /// Groups without a name that can be shown are left out, but walked through.
  bool add(const std::string& dn, const std::string& key, const std::optional<std::string>& name) {
    if (!found_.keys.insert(key).second) return true;
    if (found_.keys.size() > rules_.most) {
      return fail(SearchStatus::too_many, "the user is in more groups than max_groups");
    }
    fresh_.push_back(dn);
    if (name && name->size() <= longest_name && is_plain_utf8(*name)) found_.names.push_back(*name);
    return true;
  }

  /// Active Directory gives long lists in parts, under names such as memberOf;range=0-1499.
  bool add_ranges(const Entry& user, std::vector<std::string>& values) {
    const std::string prefix = lowered(rules_.member_of_attribute) + ";range=";
    Entry part = user;
    while (values.size() <= rules_.most) {
      const auto range = part.attributes.lower_bound(prefix);
      if (range == part.attributes.end() || !range->first.starts_with(prefix)) return true;
      values.insert(values.end(), range->second.begin(), range->second.end());
      const std::size_t dash = range->first.find('-', prefix.size());
      if (dash == std::string::npos || range->first.substr(dash + 1) == "*" || range->second.empty()) return true;
      SearchRequest request;
      request.base = user.dn;
      request.scope = Scope::base;
      request.filter = any_object;
      request.attributes = {rules_.member_of_attribute + ";range=" + std::to_string(values.size()) + "-*"};
      SearchReply reply;
      if (!ask(request, reply)) return false;
      if (reply.entries.size() != 1) return fail(SearchStatus::refused, "groups: the user's entry is gone");
      part = std::move(reply.entries.front());
    }
    return true;
  }

  const GroupRules& rules_;
  Directory& directory_;
  Groups found_;
  std::vector<std::string> fresh_;  ///< not walked yet
};

}  // namespace

std::vector<std::string> group_attributes_of_user(const GroupRules& rules) {
  if (rules.member_of_attribute.empty()) return {};
  return {rules.member_of_attribute};
}

Groups find_groups(const GroupRules& rules, const Entry& user, const std::string& subject, Directory& directory) {
  Collector collector(rules, directory);
  if (!rules.member_of_attribute.empty()) collector.add_member_of(user);
  if (!rules.base.empty()) {
    if (collector.good()) collector.search(user.dn, subject);
    if (collector.good() && rules.nesting == Nesting::walk) collector.walk();
  }
  return collector.take();
}

bool is_in_any(const Groups& groups, const std::vector<RequiredGroup>& required) {
  if (required.empty()) return true;
  return std::any_of(required.begin(), required.end(), [&](const RequiredGroup& group) {
    return group.dn_key.empty() ? std::binary_search(groups.names.begin(), groups.names.end(), group.name)
                                : groups.keys.contains(group.dn_key);
  });
}

}  // namespace gatehouse::ldap
