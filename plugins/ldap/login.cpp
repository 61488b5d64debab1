// SPDX-License-Identifier: Apache-2.0
#include "login.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

#include "dn.hpp"
#include "filter.hpp"
#include "text.hpp"
#include "utf8.hpp"

namespace gatehouse::ldap {
namespace {

using plugin::Reason;
using plugin::Verdict;

constexpr std::size_t longest_subject = 512;
constexpr std::size_t most_values = 64;
constexpr std::size_t longest_value = 4096;

class ServiceDirectory final : public Directory {
 public:
  ServiceDirectory(Client& client, Deadline deadline, Trail& trail)
      : client_(client), deadline_(deadline), trail_(trail) {}
  SearchReply search(const SearchRequest& request) override { return client_.search(request, deadline_, trail_); }

 private:
  Client& client_;
  Deadline deadline_;
  Trail& trail_;
};

class UserDirectory final : public Directory {
 public:
  UserDirectory(const Client& client, const Client::Bound& bound, std::string name, Deadline deadline, Trail& trail)
      : client_(client), bound_(bound), name_(std::move(name)), deadline_(deadline), trail_(trail) {}
  SearchReply search(const SearchRequest& request) override {
    if (!bound_.lease) return {};
    return client_.search_as(*bound_.lease, name_, request, deadline_, trail_);
  }

 private:
  const Client& client_;
  const Client::Bound& bound_;
  std::string name_;
  Deadline deadline_;
  Trail& trail_;
};

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// One name for all ASCII spellings that a directory takes for the same: the guesses at it are counted together.
std::string folded(std::string_view typed) {
  std::string out;
  for (const char c : typed) {
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += lower(c);
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// A little less than what is left, so that the answer, with its reason, is not late itself.
Milliseconds time_for(Milliseconds left) {
  return left - std::min(left / 10, Milliseconds(200));
}

Reason reason_of(SearchStatus status) {
  switch (status) {
    case SearchStatus::overload:
      return Reason::overload;
    case SearchStatus::timed_out:
      return Reason::timeout;
    default:
      return Reason::backend_error;
  }
}

std::string milliseconds(std::chrono::microseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", static_cast<double>(time.count()) / 1000.0);
  return text.data();
}

}  // namespace

Login::Login(const Settings& settings, Client& client, const plugin::Request& request, plugin::Call& call)
    : settings_(settings), client_(client), request_(request), call_(call), deadline_(time_for(call.remaining())) {}

Verdict Login::decide() {
  if (request_.credential() != plugin::Credential::password) return Verdict::not_mine(Reason::no_credential);
  if (request_.user().empty()) return Verdict::not_mine(Reason::unknown_user);
  // A server takes a bind with an empty password as anonymous, and says yes.
  if (request_.password().empty() || request_.password().find('\0') != std::string_view::npos) {
    return Verdict::denied(Reason::bad_credential, "the password is empty or holds a NUL; nothing was asked");
  }
  if (deadline_.passed()) return Verdict::unavailable("no time is left", Reason::timeout);
  return settings_.bind_templates.empty() ? search_then_bind() : bind_then_read();
}

SearchRequest Login::user_search(const NameProbes& probes) const {
  std::vector<std::string> names;
  for (const auto& [attribute, value] : probes) names.push_back(equals_filter(attribute, value));
  SearchRequest request;
  request.base = settings_.base;
  request.scope = settings_.scope;
  request.filter = all_of_filters({settings_.user_filter, any_of_filters(names)});
  request.attributes = group_attributes_of_user(settings_.groups);
  request.attributes.push_back(settings_.subject_attribute);
  for (const auto& mapped : settings_.attributes) request.attributes.push_back(mapped.second);
  return request;
}

Verdict Login::search_then_bind() {
  const auto probes = name_probes(request_.user(), settings_.names);
  if (!probes) return Verdict::not_mine(Reason::unknown_user, "the name has the domain of another directory");
  ServiceDirectory directory(client_, deadline_, trail_);
  const SearchReply found = directory.search(user_search(*probes));
  if (found.status == SearchStatus::too_many || found.entries.size() > 1) {
    return Verdict::denied(Reason::unknown_user, detail("several entries match the name; none is taken"));
  }
  if (found.status != SearchStatus::done) return not_known(found);
  if (found.entries.empty()) return Verdict::not_mine(Reason::unknown_user, detail("no entry matches the name"));

  const Entry& entry = found.entries.front();
  dn_ = entry.dn;
  const auto subject = subject_of(entry);
  if (!subject) {
    return Verdict::denied(Reason::disabled,
                           detail("the entry has not exactly one usable " + settings_.subject_attribute));
  }
  if (!call_.claim_subject(*subject)) return Verdict::stopped();
  auto bound = client_.bind(entry.dn, request_.password(), deadline_, trail_);
  if (!bound.fault.empty()) return not_asked(bound);
  bound.lease.reset();  // others may bind while groups are looked up
  const BindMeaning meaning = meaning_of(bound.reply);
  if (meaning.standing != Standing::accepted) return refused(meaning);
  if (auto verdict = shared_subject(*probes, entry, *subject, directory)) return *std::move(verdict);
  return admit(entry, *subject, directory);
}

Verdict Login::bind_then_read() {
  if (!settings_.unicode_names && !is_ascii(request_.user())) {
    return Verdict::not_mine(Reason::unknown_user, "user_dn takes no such letters without allow_unicode_names = true");
  }
  if (!is_plain_utf8(request_.user())) {
    return Verdict::not_mine(Reason::unknown_user, "the name is not UTF-8 without control characters");
  }
  const std::string claimed = folded(request_.user());
  if (claimed.empty()) return Verdict::not_mine(Reason::unknown_user);
  if (!call_.claim_subject(claimed)) return Verdict::stopped();
  std::optional<BindMeaning> worst;
  for (const BindTemplate& made : settings_.bind_templates) {
    const auto name = made.name_of(request_.user());
    if (!name) continue;
    dn_ = *name;
    auto bound = client_.bind(*name, request_.password(), deadline_, trail_);
    if (!bound.fault.empty()) return not_asked(bound);
    BindMeaning meaning = meaning_of(bound.reply);
    if (meaning.standing == Standing::unknown) return refused(meaning);
    if (meaning.standing == Standing::accepted) return read_own_entry(*name, made.is_dn(), std::move(bound));
    // What says most of the account is what is told: "locked" before "wrong", "wrong" before "no such user".
    const auto weight = [](Reason reason) {
      return reason == Reason::unknown_user ? 0 : reason == Reason::bad_credential ? 1 : 2;
    };
    if (!worst || weight(meaning.reason) > weight(worst->reason)) worst = std::move(meaning);
  }
  if (!worst) return Verdict::not_mine(Reason::unknown_user, "such a name fits none of user_dn");
  if (worst->reason == Reason::unknown_user) return Verdict::not_mine(Reason::unknown_user, detail(worst->detail));
  return refused(*worst);
}

Verdict Login::read_own_entry(const std::string& name, bool is_dn, Client::Bound bound) {
  const auto probes = is_dn ? NameProbes{} : name_probes(request_.user(), settings_.names);
  if (!probes) return Verdict::not_mine(Reason::unknown_user);
  SearchRequest request = user_search(*probes);
  if (is_dn) {
    request.base = name;
    request.scope = Scope::base;
    if (request.filter.empty()) request.filter = "(objectClass=*)";
  }
  ServiceDirectory as_service(client_, deadline_, trail_);
  UserDirectory as_named(client_, bound, name, deadline_, trail_);
  if (!settings_.search_as_user) bound.lease.reset();  // others may bind meanwhile
  const SearchReply found = settings_.search_as_user ? as_named.search(request) : as_service.search(request);
  if (found.status == SearchStatus::too_many || found.entries.size() > 1) {
    return Verdict::denied(Reason::disabled, detail("several entries match the name; none is taken"));
  }
  if (found.status != SearchStatus::done && found.status != SearchStatus::no_base) return not_known(found);
  if (found.entries.empty()) {
    return Verdict::denied(Reason::disabled, detail("the user's entry cannot be read, or is not what filter asks for"));
  }
  const Entry& entry = found.entries.front();
  dn_ = entry.dn;
  const auto subject = subject_of(entry);
  if (!subject) {
    return Verdict::denied(Reason::disabled,
                           detail("the entry has not exactly one usable " + settings_.subject_attribute));
  }
  if (!is_dn) {
    // Nothing says that the server took that name for this entry: who may write its own userPrincipalName could have
    // given itself the name of another. The password must be this entry's.
    bound.lease.reset();
    bound = client_.bind(entry.dn, request_.password(), deadline_, trail_);
    if (!bound.fault.empty()) return not_asked(bound);
    BindMeaning meaning = meaning_of(bound.reply);
    if (meaning.reason == Reason::bad_credential) {
      meaning.detail = "the password is right for " + name + ", but not for the entry found";
    }
    if (meaning.standing != Standing::accepted) return refused(meaning);
    if (!settings_.search_as_user) bound.lease.reset();
  }
  UserDirectory as_user(client_, bound, is_dn ? name : entry.dn, deadline_, trail_);
  Directory& directory = settings_.search_as_user ? static_cast<Directory&>(as_user) : as_service;
  if (!is_dn) {
    if (auto verdict = shared_subject(*probes, entry, *subject, directory)) return *std::move(verdict);
  }
  return admit(entry, *subject, directory);
}

std::optional<Verdict> Login::shared_subject(const NameProbes& probes, const Entry& entry, const std::string& subject,
                                             Directory& directory) const {
  const bool searched = std::any_of(probes.begin(), probes.end(), [&](const auto& probe) {
    return same_word(probe.first, settings_.subject_attribute) && same_word(probe.second, subject);
  });
  if (searched) return std::nullopt;
  SearchRequest request = user_search({{settings_.subject_attribute, subject}});
  request.attributes.clear();
  const SearchReply found = directory.search(request);
  if (found.status != SearchStatus::done && found.status != SearchStatus::too_many) return not_known(found);
  const bool alone = found.status == SearchStatus::done && found.entries.size() == 1 &&
                     dn_key(found.entries.front().dn) == dn_key(entry.dn);
  if (alone) return std::nullopt;
  return Verdict::denied(
      Reason::disabled,
      detail(found.entries.empty()
                 ? "a search for the entry's own " + settings_.subject_attribute + " does not find it"
                 : "several entries have the same " + settings_.subject_attribute + "; none is taken"));
}

Verdict Login::admit(const Entry& entry, const std::string& subject, Directory& directory) {
  const auto before = trail_.searching;
  const Groups groups = find_groups(settings_.groups, entry, subject, directory);
  grouping_ = trail_.searching - before;
  trail_.searching = before;
  if (groups.status != SearchStatus::done) {
    return Verdict::unavailable(detail(groups.detail), reason_of(groups.status));
  }
  plugin::Identity identity = identity_of(entry, subject, groups);
  if (!is_in_any(groups, settings_.required_groups)) {
    return Verdict::forbidden(std::move(identity), detail("is in none of required_groups"));
  }
  const std::string text =
      detail(std::to_string(groups.keys.size()) + (groups.keys.size() == 1 ? " group" : " groups") +
             (groups.deeper ? ", some beyond max_group_depth left out" : ""));
  call_.host().api().set_detail(call_.host().handle(), call_.handle(), plugin::detail::to_c(text));
  return Verdict::granted(std::move(identity));
}

std::optional<std::string> Login::subject_of(const Entry& entry) const {
  const auto& values = entry.values(settings_.subject_attribute);
  if (values.size() != 1 || values.front().size() > longest_subject || !is_plain_utf8(values.front())) {
    return std::nullopt;
  }
  return values.front();
}

plugin::Identity Login::identity_of(const Entry& entry, const std::string& subject, const Groups& groups) const {
  plugin::Identity identity;
  identity.subject = subject;
  identity.groups = groups.names;
  for (const auto& [name, attribute] : settings_.attributes) {
    std::size_t count = 0;
    for (const std::string& value : entry.values(attribute)) {
      // A picture or a certificate is nothing that a header could tell.
      if (value.size() > longest_value || !is_plain_utf8(value) || ++count > most_values) continue;
      identity.attributes.emplace_back(name, value);
      // Of these two, services take one.
      if (name == "email" || name == "name") break;
    }
  }
  return identity;
}

Verdict Login::refused(const BindMeaning& meaning) const {
  if (meaning.standing == Standing::unknown) return Verdict::unavailable(detail(meaning.detail), meaning.reason);
  const Reason reason = meaning.reason == Reason::unknown_user ? Reason::bad_credential : meaning.reason;
  return Verdict::denied(reason, detail(meaning.detail.empty() ? "wrong password" : meaning.detail));
}

Verdict Login::not_known(const SearchReply& reply) const {
  const bool no_base = reply.status == SearchStatus::no_base;
  return Verdict::unavailable(detail(no_base ? "base does not exist, or may not be seen" : reply.detail),
                              reason_of(reply.status));
}

Verdict Login::not_asked(const Client::Bound& bound) const {
  const Reason reason = bound.overload       ? Reason::overload
                        : deadline_.passed() ? Reason::timeout
                                             : Reason::backend_error;
  return Verdict::unavailable(detail(bound.fault), reason);
}

std::string Login::detail(const std::string& text) const {
  std::string out = text;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : "; ") + part; };
  if (!trail_.server.empty()) add(trail_.server);
  if (!dn_.empty()) add(dn_);
  std::string times;
  for (const auto& [name, time] : {std::pair{"connect", trail_.connecting}, std::pair{"search", trail_.searching},
                                   std::pair{"bind", trail_.binding}, std::pair{"groups", grouping_}}) {
    if (time.count() > 0) times += (times.empty() ? "" : ", ") + std::string(name) + " " + milliseconds(time);
  }
  if (!times.empty()) add(times);
  return out;
}

}  // namespace gatehouse::ldap
