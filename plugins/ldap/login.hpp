// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One question: who is it, is the password right, and what may the service know of them.
#include <chrono>
#include <gatehouse/plugin/request.hpp>
#include <gatehouse/plugin/verdict.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client.hpp"
#include "deadline.hpp"
#include "groups.hpp"
#include "settings.hpp"

namespace gatehouse::ldap {

class Login {
 public:
  Login(const Settings& settings, Client& client, const plugin::Request& request, plugin::Call& call);
  [[nodiscard]] plugin::Verdict decide();

 private:
  /// Finds the user's entry, then binds as it.
  [[nodiscard]] plugin::Verdict search_then_bind();
  /// Binds as what the templates make of the name, then reads the entry.
  [[nodiscard]] plugin::Verdict bind_then_read();
  [[nodiscard]] plugin::Verdict read_own_entry(const std::string& name, bool is_dn, Client::Bound bound);
  /// Refused if the subject is not this entry's alone: the name that was typed may be another attribute's.
  [[nodiscard]] std::optional<plugin::Verdict> shared_subject(const NameProbes& probes, const Entry& entry,
                                                              const std::string& subject, Directory& directory) const;
  /// After the password was right.
  [[nodiscard]] plugin::Verdict admit(const Entry& entry, const std::string& subject, Directory& directory);

  [[nodiscard]] SearchRequest user_search(const NameProbes& probes) const;
  [[nodiscard]] std::optional<std::string> subject_of(const Entry& entry) const;
  [[nodiscard]] plugin::Identity identity_of(const Entry& entry, const std::string& subject,
                                             const Groups& groups) const;
  [[nodiscard]] plugin::Verdict refused(const BindMeaning& meaning) const;
  [[nodiscard]] plugin::Verdict not_known(const SearchReply& reply) const;
  [[nodiscard]] plugin::Verdict not_asked(const Client::Bound& bound) const;
  /// `text`, then who was asked about whom and where the time went.
  [[nodiscard]] std::string detail(const std::string& text) const;

  const Settings& settings_;
  Client& client_;
  const plugin::Request& request_;
  plugin::Call& call_;
  Deadline deadline_;
  Trail trail_{};
  std::string dn_{};                      ///< of the user, once known
  std::chrono::microseconds grouping_{};  ///< of the time for searches
};

}  // namespace gatehouse::ldap
