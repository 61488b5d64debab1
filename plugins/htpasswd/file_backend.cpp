// SPDX-License-Identifier: Apache-2.0
#include "file_backend.hpp"

#include <bit>
#include <string>
#include <string_view>
#include <utility>

#include <htpasswd/verify.hpp>

namespace gatehouse::htpasswd {

using plugin::Reason;
using plugin::Verdict;

namespace {

plugin::Identity identity_of(const Account& account, const Accounts& accounts) {
  plugin::Identity identity{.subject = std::string(account.user)};
  if (accounts.groups) {
    for (const std::string_view group : accounts.groups->groups_of(account.user)) identity.groups.emplace_back(group);
  }
  return identity;
}

}  // namespace

FileBackend::FileBackend(plugin::Host host, Settings settings)
    : host_(host), store_(host, std::move(settings)), cost_(digests_) {}

void FileBackend::start() {
  // The constructor may be long ago, in a process that has forked this one since: nobody who is gone from the file by
  // now may come in, not even at first.
  const Milliseconds wait = store_.catch_up();
  announce_cost();
  host_.wake_after(wait);
}

void FileBackend::background() {
  host_.wake_after(FileWatch::kIdle);  // first of all: whatever happens below, there is a next time
  const Milliseconds wait = store_.refresh();
  announce_cost();
  host_.wake_after(wait);
}

Verdict FileBackend::authenticate(const plugin::Request& request, plugin::Call& call) const {
  if (request.credential() != plugin::Credential::password) return Verdict::not_mine(Reason::no_credential);
  const auto accounts = store_.current();
  const auto account = accounts->passwords->find(request.user());
  if (!account) return Verdict::not_mine(Reason::unknown_user);
  if (call.remaining().count() == 0)
    return Verdict::unavailable("no time is left to check the password", Reason::timeout);
  if (!call.claim_subject(account->user)) return Verdict::stopped();
  if (!is_usable(account->scheme)) {
    const std::string_view why = complaint(account->scheme);
    return Verdict::denied(Reason::disabled, why.empty() ? "locked in the file" : "the file has " + std::string(why));
  }
  if (!is_checkable(account->scheme, request.password())) {
    return Verdict::denied(Reason::bad_credential, "the password is empty, or longer than " +
                                                       std::string(scheme_name(account->scheme)) + " takes");
  }
  switch (verify(digests_, account->scheme, account->hash, request.password())) {
    case Match::yes:
      return Verdict::granted(identity_of(*account, *accounts));
    case Match::no:
      return Verdict::denied(Reason::bad_credential);
    case Match::failed:
      break;
  }
  return Verdict::unavailable("the hash could not be computed (" + std::string(scheme_name(account->scheme)) + ")");
}

void FileBackend::budget(plugin::Budget& out) const {
  const auto accounts = store_.current();
  RefusalCost measured(digests_);
  for (std::size_t i = 0; i < kSchemeCount; ++i) {
    const auto scheme = static_cast<Scheme>(i);
    const Work work = accounts->passwords->costs().of(scheme);
    if (work == 0 || !is_usable(scheme)) continue;
    Costs one;
    one.add(scheme, work);
    std::string what(scheme_name(scheme));
    if (scheme == Scheme::bcrypt) what += " cost " + std::to_string(std::countr_zero(work));
    if (scheme == Scheme::sha256_crypt || scheme == Scheme::sha512_crypt)
      what += ", " + std::to_string(work) + " rounds";
    out.add(what, measured.of(one));
  }
}

/// Measures again only when a reload changed the costs.
void FileBackend::announce_cost() {
  const auto accounts = store_.current();
  const Costs& costs = accounts->passwords->costs();
  if (announced_ == costs) return;
  host_.set_refusal_cost(cost_.of(costs));
  announced_ = costs;
}

}  // namespace gatehouse::htpasswd
