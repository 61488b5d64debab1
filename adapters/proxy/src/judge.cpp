// SPDX-License-Identifier: Apache-2.0
// A connection's questions to the engine.
#include <array>
#include <boost/asio/post.hpp>
#include <gatehouse/dpop.hpp>

#include "connection.hpp"
#include "use_await.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

namespace {

/// The engine answers within the realm's own limit, which is an hour at most.
constexpr Ticks longest_decision = 2 * 60 * 60;

}  // namespace

Awaitable<std::optional<http::Answer>> Connection::judge(Asked asked) {
  const auto& door = *door_;
  const auto rulings = rule(asked);
  for (const auto& ruling : rulings) {
    if (ruling.kind != http::Ruling::Kind::refused) continue;
    tell_refusal(asked, DecisionCode::malformed, Reason::malformed, {}, ruling.why);
    auto answer = http::answer_fault(400, ruling.why, asker());
    answer.close = true;
    co_return answer;
  }
  if (rulings[0].kind == http::Ruling::Kind::anyone && rulings[1].kind == http::Ruling::Kind::anyone) {
    tell_nobody();
    co_return std::nullopt;
  }
  auto credential = http::read_credential(head_.fields.list, worker_.scratch);
  const auto bound = http::read_bound_token(head_.fields.list);
  if (bound) {
    credential.state = bound->state;
    credential.request = Request::with_token(bound->token);
  }
  if (credential.request.credential == CredentialKind::bearer && http::token_in_query(asked.target)) {
    credential.state = http::Credential::State::malformed;
  }
  switch (credential.state) {
    case http::Credential::State::malformed:
      tell_refusal(asked, DecisionCode::malformed, Reason::malformed, {}, "more than one credential");
      co_return http::answer_malformed(door.offer, asker());
    case http::Credential::State::refused:
      tell_refusal(asked, DecisionCode::denied, Reason::bad_credential, {}, "no credential that can be read");
      co_return http::answer_refused(door.offer, asker());
    case http::Credential::State::none:
    case http::Credential::State::present:
      break;
  }
  std::array<Attribute, 10> attributes = {
      {{"http.method", asked.method}, {"http.uri", asked.target}, {"door", door_name()}, {"request.id", name_}}};
  std::size_t known = 4;
  if (!asked.from.empty() && asked.from != "unix") attributes[known++] = {"client.address", asked.from};
  if (!certificate_hash_.empty()) attributes[known++] = {"tls.client_cert_sha256", certificate_hash_};
  std::string number;
  if (bound) {
    number = std::to_string(reinterpret_cast<std::uintptr_t>(&worker_)) + '.' + std::to_string(++worker_.proofs);
    attributes[known++] = {"dpop.proof", bound->proof};
    attributes[known++] = {"dpop.method", asked.method};
    attributes[known++] = {"dpop.path", asked.target.substr(0, asked.target.find('?'))};
    attributes[known++] = {"dpop.request", number};
  }
  credential.request.attributes = std::span(attributes).first(known);

  auto decision = door.realm.try_decide(credential.request);
  if (!decision) decision = co_await wait_for_decision(credential.request);
  worker_.scratch.wipe();
  if (!decision) decision.emplace(nullptr);
  if (!decision->granted()) co_return http::answer(*decision, door.offer, asker());
  for (const auto& ruling : rulings) {
    if (!ruling.allows(decision->identity())) co_return lacks(*ruling.rule, *decision, asked);
  }
  co_return admit_identity(*decision, asked);
}

/// What the rules say of the host that the caller asked for, and of the one that the service is told.
std::array<http::Ruling, 2> Connection::rule(const Asked& asked) const {
  http::RuleQuestion question{asked.method, asked.target, asked.host, asked.from, head_.fields.list};
  const auto ruling = door_->access.judge(question);
  if (asked.other_host.empty()) return {ruling, ruling};
  question.host = asked.other_host;
  const auto other = door_->access.judge(question);
  if (other.rule != ruling.rule) {
    worker_.hub.log_limited(LogLevel::warning,
                            "rules of hosts say different things of X-Forwarded-Host " + std::string(asked.host) +
                                " and Host " + std::string(asked.other_host) +
                                "; both have to let the request in. Have the proxy in front pass on Host, or set "
                                "upstream_host");
  }
  return {ruling, other};
}

void Connection::tell_nobody() {
  identity_lines_.clear();
  told_.reset();
}

/// For someone who is known and whom the rule does not let in.
http::Answer Connection::lacks(const http::AccessRule& rule, const Decision& decision, const Asked& asked) {
  if (access_.log) access_.user = decision.subject();
  std::string line = "\"" + decision.subject() + "\" may not ";
  line.append(asked.method).append(" ").append(asked.target.substr(0, asked.target.find('?')));
  line += ": rule " + std::to_string(rule.number) + " (" + rule.where + ") asks for " + http::requirement_text(rule);
  worker_.hub.log_limited(LogLevel::info, line + "; answered 403");
  tell_refusal(asked, DecisionCode::forbidden, Reason::insufficient, decision.subject(),
               "rule " + std::to_string(rule.number) + " asks for " + http::requirement_text(rule));
  return forbidden();
}

void Connection::tell_refusal(const Asked& asked, DecisionCode code, Reason reason, std::string_view subject,
                              std::string_view detail) const noexcept {
  const std::array<Attribute, 3> attributes = {
      {{"door", door_name()}, {"request.id", name_}, {"client.address", asked.from}}};
  Request request;
  request.attributes = attributes;
  door_->realm.note_refusal(request, code, reason, subject, detail);
}

http::Answer Connection::forbidden() const {
  auto refusal = std::make_shared<gatehouse::Answer>();
  refusal->code = DecisionCode::forbidden;
  refusal->reason = Reason::insufficient;
  return http::answer(Decision(std::move(refusal)), door_->offer, asker());
}

/// The request is copied by the engine before the first wait. nullopt: the caller left, or memory ran out.
Awaitable<std::optional<Decision>> Connection::wait_for_decision(const Request& request) {
  decision_.reset();
  const auto question = ++question_;
  auto done = [worker = worker_.weak_from_this(), connection = weak_from_this(), question](const Decision& decision) {
    const auto alive = worker.lock();
    if (!alive) return;
    asio::post(alive->io, [connection, question, decision] {
      const auto self = connection.lock();
      if (!self || self->question_ != question) return;
      self->decision_ = decision;
      self->event_.cancel();
    });
  };
  auto ticket = Ticket::none;
  try {
    ticket = door_->realm.decide_async(request, std::move(done));
  } catch (const std::exception&) {
    worker_.hub.log_limited(LogLevel::error, "a request was not judged: out of memory");
  }
  worker_.scratch.wipe();
  if (ticket == Ticket::none) co_return std::nullopt;

  watching_ = true;
  deadline_.arm(in(longest_decision));
  while (!decision_ && !left_ && !ended_ && !deadline_.passed) co_await event_.async_wait(use_await);
  deadline_.arm(0);
  watching_ = false;
  ++question_;
  if (!decision_) {
    asio::post(*worker_.hub.owner, [&runtime = worker_.hub.runtime, ticket] { runtime.cancel(ticket); });
  }
  co_return std::exchange(decision_, std::nullopt);
}

/// Writes the lines that tell the service who the caller is; kept while the same answer of the engine is told again.
std::optional<http::Answer> Connection::admit_identity(const Decision& decision, const Asked& asked) {
  const auto snapshot = door_->config.id();
  if (access_.log) access_.user = decision.subject();
  if (told_ && told_ == decision.share() && told_by_ == snapshot) return std::nullopt;
  const auto fields = door_->settings.identity.make(decision.identity());
  if (!fields) {
    worker_.hub.log_limited(LogLevel::warning, "an identity of backend " + decision.identity().backend +
                                                   " is too large to be told to the service; answered 403");
    tell_refusal(asked, DecisionCode::forbidden, Reason::insufficient, decision.subject(),
                 "its identity is too large to be told to the service");
    return forbidden();
  }
  identity_lines_.clear();
  for (const auto& [name, value] : *fields) identity_lines_.append(name).append(": ").append(value).append("\r\n");
  told_ = decision.share();
  told_by_ = snapshot;
  return std::nullopt;
}

}  // namespace gatehouse::proxy
