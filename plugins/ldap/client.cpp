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
  for (const ServerAddress& server : servers_.to_probe(Deadline::Clock::now())) {
    std::string fault;
    if (open_one(Role::search, server, Deadline(settings_.connect_timeout), fault)) note_success(server);
  }
  pool_.trim([this](const Connection& c, Milliseconds idle) { return may_use(c, idle); });
  resolver_.refresh();
  if (Deadline::Clock::now() - servers_looked_up_ >= server_look_up) look_up_servers_again();
  return servers_.all_work() ? idle_look : settings_.cool_down;
}

void Client::close_all() {
  pool_.trim([](const Connection&, Milliseconds) { return false; });
}

void Client::close_idle_to(const ServerAddress& server) {
  pool_.trim([&](const Connection& c, Milliseconds) { return c.server() != server; });
}

void Client::note_failure(const ServerAddress& server, const std::string& why) {
  close_idle_to(server);
  if (!servers_.failed(server, Deadline::Clock::now())) return;
  host_.log(LogLevel::warning, server.uri() + " does not work: " + why);
  host_.wake_after(settings_.cool_down);
}

void Client::note_success(const ServerAddress& server) {
  if (servers_.worked(server)) host_.log(LogLevel::info, server.uri() + " works again");
}

std::unique_ptr<Connection> Client::open_one(Role role, const ServerAddress& server, Deadline deadline,
                                             std::string& fault) {
  const auto addresses = resolver_.addresses_of(server, fault);
  if (addresses.empty()) return nullptr;
  Socket socket = connect_to(addresses, deadline, fault);
  if (!socket.is_open()) return nullptr;
  auto connection = Connection::open(std::move(socket), server, settings_.transport, deadline, fault);
  if (connection && role == Role::search && !log_in(*connection, deadline, fault)) return nullptr;
  return connection;
}

bool Client::log_in(Connection& connection, Deadline deadline, std::string& fault) {
  if (settings_.service_login == ServiceLogin::anonymous) {
    connection.stay_anonymous();
    return true;
  }
  if (Deadline::Clock::now() < service_refused_until_.load()) {
    fault = "the service account was refused a moment ago";
    return false;
  }
  const BindReply reply =
      settings_.service_login == ServiceLogin::external
          ? connection.bind_external(deadline)
          : connection.bind(settings_.bind_dn, settings_.bind_password.view(), {Identity::Kind::service, {}}, deadline);
  const BindMeaning meaning = meaning_of(reply);
  // A password that should be changed still opens: that is for the people who look after the account.
  if (reply.code == 0) return true;
  fault = meaning.standing == Standing::refused
              ? "the service account is refused" + (meaning.detail.empty() ? "" : ": " + meaning.detail)
              : "the service account could not sign in: " + meaning.detail;
  if (meaning.standing == Standing::refused) {
    service_refused_until_ = Deadline::Clock::now() + refused_pause;
    host_.log(LogLevel::error, connection.server().uri() + ": " + fault);
  }
  return false;
}

std::unique_ptr<Connection> Client::open(Role role, Deadline deadline, Trail& trail, std::string& fault) {
  const Stopwatch watch(trail.connecting);
  const auto servers = servers_.to_try(Deadline::Clock::now());
  if (servers.empty()) fault = "no server works; they were tried a moment ago";
  for (std::size_t i = 0; i < servers.size() && !deadline.passed(); ++i) {
    // One that is silent must leave time for the others.
    const auto share = deadline.left() / static_cast<Milliseconds::rep>(servers.size() - i);
    std::string why;
    auto connection = open_one(role, servers[i], deadline.within(std::min(share, settings_.connect_timeout)), why);
    if (connection) {
      note_success(servers[i]);
      return connection;
    }
    fault = servers[i].uri() + ": " + why;
    note_failure(servers[i], why);
  }
  return nullptr;
}

SearchReply Client::search(const SearchRequest& request, Deadline deadline, Trail& trail) {
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
    trail.server = connection->server().uri();
    reply = {};
    {
      const Stopwatch watch(trail.searching);
      ++trail.searches;
      reply = connection->search(request, {Identity::Kind::service, {}}, deadline.within(settings_.operation_timeout));
    }
    if (!is_lost(reply.status)) {
      if (connection->is_usable()) lease->keep();
      return reply;
    }
    // An old connection may just have been closed: that says nothing of the server.
    const ServerAddress server = connection->server();
    lease->drop();
    if (fresh || reply.status == SearchStatus::timed_out) {
      note_failure(server, reply.detail);
    } else {
      close_idle_to(server);
    }
  }
  return reply;
}

Client::Bound Client::bind(const std::string& name, std::string_view password, Deadline deadline, Trail& trail) {
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
  trail.server = connection->server().uri();
  {
    const Stopwatch watch(trail.binding);
    bound.reply =
        connection->bind(name, password, {Identity::Kind::user, name}, deadline.within(settings_.operation_timeout));
  }
  if (bound.reply.lost()) {
    const ServerAddress server = connection->server();
    bound.lease->drop();
    if (bound.reply.timed_out) {
      note_failure(server, "it does not answer");
    } else {
      close_idle_to(server);
    }
  } else {
    bound.lease->keep();
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
