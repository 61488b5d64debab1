// SPDX-License-Identifier: Apache-2.0
#include "client.hpp"

#include <algorithm>
#include <utility>

#include "socket.hpp"

namespace gatehouse::ldap {
namespace {

using plugin::LogLevel;

constexpr int most_tries = 3;
/// A service account whose password is wrong is not tried more often: it would be locked.
constexpr Milliseconds refused_pause{15'000};
/// Who waited for so long for a server has heard enough, whatever the limit is.
constexpr Milliseconds longest_patience{1'000};
constexpr Milliseconds idle_look{5'000};
constexpr Milliseconds server_look_up{60'000};
constexpr Milliseconds server_look_up_retry{2'000};
constexpr Milliseconds server_look_up_limit{4'000};

/// Adds the time that it lives.
class Stopwatch {
 public:
  explicit Stopwatch(std::chrono::microseconds& sum) : sum_(sum) {}
  ~Stopwatch() { sum_ += std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - start_); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::chrono::microseconds& sum_;
  Deadline::Clock::time_point start_ = Deadline::Clock::now();
};

bool is_lost(SearchStatus status) {
  return status == SearchStatus::lost || status == SearchStatus::timed_out;
}

}  // namespace

Client::Client(plugin::Host host, const Settings& settings)
    : host_(host),
      settings_(settings),
      servers_(settings.servers, settings.cool_down),
      pool_(settings.max_connections) {}

void Client::start() {
  prepare_library();
  look_up_servers_again();
}

void Client::look_up_servers_again() {
  if (!settings_.service) return;
  std::string fault;
  const auto found = look_up_servers(*settings_.service, server_look_up_limit, fault);
  const bool retry_soon = found.empty();
  servers_looked_up_ = Deadline::Clock::now() - (retry_soon ? server_look_up - server_look_up_retry : Milliseconds(0));
  if (found.empty()) {
    host_.log(LogLevel::warning, fault + "; the servers known so far go on counting");
    return;
  }
  if (!servers_.replace(found)) return;
  std::string names;
  for (const ServerAddress& server : found) names += (names.empty() ? "" : ", ") + server.uri();
  host_.log(LogLevel::info, "servers of " + settings_.service->domain + ": " + names);
}

bool Client::may_use(const Connection& connection, Milliseconds idle) const {
  return idle < settings_.idle_timeout && Deadline::Clock::now() - connection.opened() < settings_.max_age &&
         connection.is_usable() && servers_.is_best(connection.server());
}

Milliseconds Client::look_after() {
  for (const ServerAddress& server : servers_.to_probe(Deadline::Clock::now())) probe(server);
  pool_.trim([this](const Connection& c, Milliseconds idle) { return may_use(c, idle); });
  resolver_.refresh();
  if (Deadline::Clock::now() - servers_looked_up_ >= server_look_up) look_up_servers_again();
  return servers_.all_work() ? idle_look : settings_.cool_down;
}

void Client::probe(const ServerAddress& server) {
  const Deadline deadline(settings_.connect_timeout);
  std::string fault;
  const auto connection = connect(server, deadline, fault);
  if (!connection) return;
  if (log_in(*connection, deadline, fault) != Admission::granted) return;
  // One that hangs is connected to all the same. Whatever it says of itself, it speaks.
  const SearchRequest about_itself{.scope = Scope::base, .filter = "(objectClass=*)"};
  const SearchReply reply = connection->search(about_itself, {Identity::Kind::service, {}}, deadline);
  if (!is_lost(reply.status)) note_answer(server);
}

void Client::close_all() {
  pool_.trim([](const Connection&, Milliseconds) { return false; });
}

void Client::close_idle_to(const ServerAddress& server) {
  pool_.trim([&](const Connection& c, Milliseconds) { return c.server() != server; });
}

void Client::note_time(Deadline deadline) noexcept {
  const Milliseconds left = deadline.left();
  Milliseconds longest = longest_call_.load();
  while (left > longest && !longest_call_.compare_exchange_weak(longest, left)) continue;
}

Milliseconds Client::patience(Milliseconds limit) const noexcept {
  // Half of what calls come with: the other half is for another server. And a little less: a wait may end early.
  return std::min({limit, longest_patience, longest_call_.load() / 2}) * 9 / 10;
}

bool Client::blames(const ServerAddress& server, const Wait& wait, const Trail& trail) const {
  return !trail.has_answer_of(server) && wait.had >= patience(wait.limit) &&
         !servers_.has_answered_since(server, wait.began);
}

void Client::note_answer(const ServerAddress& server) {
  if (servers_.answered(server, Deadline::Clock::now())) host_.log(LogLevel::info, server.uri() + " works again");
}

void Client::note_refusal(const ServerAddress& server, const std::string& why) {
  // Its open connections are good: only new ones would be refused.
  servers_.failed(server, Deadline::Clock::now(), refused_pause);
  host_.log(LogLevel::error, server.uri() + ": " + why);
  host_.wake_after(refused_pause);
}

void Client::note_failure(const ServerAddress& server, const std::string& why) {
  close_idle_to(server);
  if (!servers_.failed(server, Deadline::Clock::now())) return;
  host_.log(LogLevel::warning, server.uri() + " does not work: " + why);
  host_.wake_after(settings_.cool_down);
}

std::unique_ptr<Connection> Client::connect(const ServerAddress& server, Deadline deadline, std::string& fault) {
  const auto addresses = resolver_.addresses_of(server, fault);
  if (addresses.empty()) return nullptr;
  Socket socket = connect_to(addresses, deadline, fault);
  if (!socket.is_open()) return nullptr;
  return Connection::open(std::move(socket), server, settings_.transport, deadline, fault);
}

Client::Admission Client::log_in(Connection& connection, Deadline deadline, std::string& fault) {
  if (settings_.service_login == ServiceLogin::anonymous) {
    connection.stay_anonymous();
    return Admission::granted;
  }
  const auto turn = first_login_.take(deadline);
  if (!turn || servers_.is_paused(connection.server(), Deadline::Clock::now())) {
    fault = turn ? "the service account was refused a moment ago" : "the service account is being signed in";
    return Admission::not_tried;
  }
  const BindReply reply =
      settings_.service_login == ServiceLogin::external
          ? connection.bind_external(deadline)
          : connection.bind(settings_.bind_dn, settings_.bind_password.view(), {Identity::Kind::service, {}}, deadline);
  const BindMeaning meaning = meaning_of(reply);
  // A password that should be changed still opens: that is for the people who look after the account.
  if (reply.code == 0) {
    first_login_.learn(true);
    return Admission::granted;
  }
  if (meaning.standing == Standing::refused) {
    first_login_.learn(false);
    fault = "the service account is refused" + (meaning.detail.empty() ? "" : ": " + meaning.detail);
    note_refusal(connection.server(), fault);
    return Admission::refused;
  }
  fault = "the service account could not sign in: " + meaning.detail;
  return Admission::failed;
}

std::unique_ptr<Connection> Client::open_one(Role role, const ServerAddress& server, const Wait& wait,
                                             const Trail& trail, std::string& fault) {
  auto connection = connect(server, wait.until, fault);
  auto admission = connection ? Admission::granted : Admission::failed;
  if (connection && role == Role::search) admission = log_in(*connection, wait.until, fault);
  switch (admission) {
    case Admission::granted:
      return connection;
    case Admission::refused:
    case Admission::not_tried:
      return nullptr;
    case Admission::failed:
      break;
  }
  if (!wait.until.passed() || blames(server, wait, trail)) note_failure(server, fault);
  return nullptr;
}

std::unique_ptr<Connection> Client::open(Role role, Deadline deadline, Trail& trail, std::string& fault) {
  const Stopwatch watch(trail.connecting);
  const auto servers = servers_.to_try(Deadline::Clock::now());
  if (servers.empty()) fault = "no server works; they were tried a moment ago";
  for (std::size_t i = 0; i < servers.size() && !deadline.passed(); ++i) {
    // One that is silent must leave time for the others; but whose silence can be told leaves more to the next call.
    const auto enough = patience(settings_.connect_timeout);
    auto share = deadline.left() / static_cast<Milliseconds::rep>(servers.size() - i);
    if (deadline.left() >= 2 * enough) share = std::max(share, enough);
    std::string why;
    auto connection = open_one(role, servers[i], Wait(deadline.within(share), settings_.connect_timeout), trail, why);
    if (connection) return connection;
    fault = servers[i].uri() + ": " + why;
  }
  return nullptr;
}

SearchReply Client::search(const SearchRequest& request, Deadline deadline, Trail& trail) {
  note_time(deadline);
  SearchReply reply;
  const auto check = [this](const Connection& c, Milliseconds idle) { return may_use(c, idle); };
  auto lease = pool_.take(Role::search, deadline, check);
  if (!lease) {
    reply.status = SearchStatus::overload;
    reply.detail = "all connections are in use";
    return reply;
  }
  for (int tries = 0; tries < most_tries && !deadline.passed(); ++tries) {
    const bool fresh = lease->get() == nullptr;
    std::string fault;
    if (fresh) lease->put(open(Role::search, deadline, trail, fault));
    Connection* const connection = lease->get();
    if (connection == nullptr) {
      // Of two reasons the first says more: why there was a second try.
      if (reply.detail.empty()) reply.detail = fault;
      return reply;
    }
    trail.asks(connection->server().uri());
    reply = {};
    const Wait wait(deadline, settings_.operation_timeout);
    {
      const Stopwatch watch(trail.searching);
      ++trail.searches;
      reply = connection->search(request, {Identity::Kind::service, {}}, wait.until);
    }
    if (!is_lost(reply.status)) {
      note_answer(connection->server());
      trail.answered = true;
      if (connection->is_usable()) lease->keep();
      return reply;
    }
    const ServerAddress server = connection->server();
    lease->drop();
    const bool at_fault =
        reply.status == SearchStatus::timed_out ? blames(server, wait, trail) : fresh && !trail.has_answer_of(server);
    if (at_fault) {
      note_failure(server, reply.detail);
    } else if (reply.status == SearchStatus::timed_out) {
      if (fresh || trail.has_answer_of(server)) return reply;  // a second time it takes as long
    } else if (!fresh) {
      close_idle_to(server);  // an old connection may just have been closed: that says nothing of the server
    }
  }
  return reply;
}

Client::Bound Client::bind(const std::string& name, std::string_view password, Deadline deadline, Trail& trail) {
  note_time(deadline);
  Bound bound;
  bound.lease =
      pool_.take(Role::bind, deadline, [this](const Connection& c, Milliseconds idle) { return may_use(c, idle); });
  if (!bound.lease) {
    bound.fault = "all connections are in use";
    bound.overload = true;
    return bound;
  }
  if (bound.lease->get() == nullptr) bound.lease->put(open(Role::bind, deadline, trail, bound.fault));
  Connection* const connection = bound.lease->get();
  if (connection == nullptr) return bound;
  trail.asks(connection->server().uri());
  const Wait wait(deadline, settings_.operation_timeout);
  {
    const Stopwatch watch(trail.binding);
    bound.reply = connection->bind(name, password, {Identity::Kind::user, name}, wait.until);
  }
  const ServerAddress server = connection->server();
  if (!bound.reply.lost()) {
    note_answer(server);
    trail.answered = true;
    bound.lease->keep();
    return bound;
  }
  bound.lease->drop();
  if (!bound.reply.timed_out) {
    close_idle_to(server);
  } else if (blames(server, wait, trail)) {
    note_failure(server, "it does not answer");
  }
  return bound;
}

SearchReply Client::search_as(const Lease& lease, const std::string& name, const SearchRequest& request,
                              Deadline deadline, Trail& trail) const {
  const Stopwatch watch(trail.searching);
  ++trail.searches;
  SearchReply reply;
  if (lease.get() == nullptr) return reply;
  return lease.get()->search(request, {Identity::Kind::user, name}, deadline.within(settings_.operation_timeout));
}

}  // namespace gatehouse::ldap
