// SPDX-License-Identifier: Apache-2.0
// One thread that polls: what is asked goes to the engine, and comes back through a mailbox from the thread that
// dispatches.
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <gatehouse/auth_socket.hpp>
#include <list>
#include <map>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "answer.hpp"
#include "connection.hpp"
#include "listener.hpp"
#include "mailbox.hpp"
#include "name_lookup.hpp"
#include "peer.hpp"
#include "places.hpp"

namespace gatehouse::auth_socket {
namespace {

using namespace std::chrono_literals;

/// No realm takes that long; an answer that got lost does.
constexpr std::chrono::seconds longest_decision{3600};

/// Users whose names are looked up at the same time.
constexpr std::size_t most_lookups = 8;

std::string_view view(gatehouse_str text) {
  return {text.data == nullptr ? "" : text.data, text.size};
}

}  // namespace

struct Door::State {
  State(Listener open, DoorOptions given, Config first, Log sink)
      : listener(std::move(open)), options(std::move(given)), config(std::move(first)), log(std::move(sink)) {}

  void run();
  /// False if nobody waits.
  bool accept_one(Instant now);
  void ask(std::uint64_t id, Connection& connection, Instant now);
  void look_up(std::uint64_t id, Connection& connection, Instant now);
  void take_names(Instant now);
  void decide(std::uint64_t id, Connection& connection, const wire_question& asked, Instant now);
  void refuse(Connection& connection, DecisionCode code, Instant now);
  [[nodiscard]] Result<Realm> realm_for(std::string_view named);
  void deliver(Instant now);
  void sweep(Instant now);
  void complain(Instant now, LogLevel level, const std::string& what);

  Listener listener;
  std::mutex mutex;  ///< of options and config
  DoorOptions options;
  Config config;
  Log log;
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  std::atomic<bool> ends{false};
  std::thread thread;

  /// A user's name that is not known yet, and who waits for it.
  struct Unnamed {
    std::shared_ptr<const NameLookup> lookup;
    std::vector<std::uint64_t> waiting;
  };

  // Of the thread alone.
  Connections connections;
  std::map<uid_t, Unnamed> unnamed;
  std::uint64_t last_id = 0;
  Instant last_complaint{};
  std::uint64_t unsaid = 0;
};

/// One line a second: whoever can connect must not be able to fill the log.
void Door::State::complain(Instant now, LogLevel level, const std::string& what) {
  if (now - last_complaint < 1s) {
    ++unsaid;
    return;
  }
  last_complaint = now;
  log(level, "auth socket: " + what + (unsaid == 0 ? "" : " (and " + std::to_string(unsaid) + " more such lines)"));
  unsaid = 0;
}

bool Door::State::accept_one(Instant now) {
  Descriptor fd(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd.ok()) {
    if (errno == EAGAIN) return false;
    if (errno == EINTR || errno == ECONNABORTED) return true;
    complain(now, LogLevel::error, "cannot accept: " + std::error_code(errno, std::generic_category()).message());
    std::this_thread::sleep_for(50ms);  // out of descriptors: others will be closed
    return false;
  }
  const auto peer = peer_of(fd.get());
  if (!peer) return true;
  if (has_room(connections, *peer)) {
    connections.try_emplace(++last_id, std::move(fd), *peer, now);
  } else {
    complain(now, LogLevel::warning, "too many questions of user " + std::to_string(*peer) + " at once");
  }
  return true;
}

Result<Realm> Door::State::realm_for(std::string_view named) {
  const std::lock_guard lock(mutex);
  return config.realm(named.empty() ? std::string_view(options.realm) : named);
}

void Door::State::refuse(Connection& connection, DecisionCode code, Instant now) {
  connection.answer(write_refusal(code), now);
}

/// Root may ask for anyone, another user only for the name that the system knows him by.
void Door::State::ask(std::uint64_t id, Connection& connection, Instant now) {
  wire_question asked{};
  if (!connection.question(asked)) {
    complain(now, LogLevel::warning, "user " + std::to_string(connection.peer()) + " asked what cannot be understood");
    return connection.end();
  }
  return connection.peer() == 0 ? decide(id, connection, asked, now) : look_up(id, connection, now);
}

void Door::State::look_up(std::uint64_t id, Connection& connection, Instant now) {
  auto found = unnamed.find(connection.peer());
  if (found == unnamed.end()) {
    auto lookup = unnamed.size() < most_lookups ? NameLookup::begin(connection.peer(), mailbox) : nullptr;
    if (!lookup) {
      complain(
          now, LogLevel::error,
          "names of users take too long to look up: user " + std::to_string(connection.peer()) + " was turned away");
      return refuse(connection, DecisionCode::unavailable, now);
    }
    found = unnamed.emplace(connection.peer(), Unnamed{std::move(lookup), {}}).first;
  }
  found->second.waiting.push_back(id);
}

void Door::State::take_names(Instant now) {
  for (auto each = unnamed.begin(); each != unnamed.end();) {
    if (!each->second.lookup->is_done()) {
      ++each;
      continue;
    }
    const Unnamed known = std::move(each->second);
    each = unnamed.erase(each);
    for (const std::uint64_t id : known.waiting) {
      const auto found = connections.find(id);
      wire_question asked{};
      if (found == connections.end() || !found->second.question(asked)) continue;
      Connection& connection = found->second;
      if (known.lookup->name() == view(asked.user)) {
        decide(id, connection, asked, now);
        continue;
      }
      complain(now, LogLevel::warning,
               "user " + std::to_string(connection.peer()) + " asked about somebody else, and was refused");
      refuse(connection, DecisionCode::forbidden, now);
    }
  }
}

void Door::State::decide(std::uint64_t id, Connection& connection, const wire_question& asked, Instant now) {
  const bool from_root = connection.peer() == 0;
  Request request;
  request.credential = static_cast<CredentialKind>(asked.credential);
  if (request.credential != CredentialKind::password && request.credential != CredentialKind::response) {
    return refuse(connection, DecisionCode::malformed, now);
  }
  request.user = view(asked.user);
  request.password = view(asked.password);
  request.state = view(asked.state);
  std::array<std::string_view, WIRE_LIST_MAX> responses;
  for (std::size_t i = 0; i < asked.response_count; ++i) responses[i] = view(asked.responses[i]);
  request.responses = {responses.data(), asked.response_count};
  // Only root is believed: others would choose whom their guesses are counted for.
  const std::string address(from_root ? view(asked.address) : std::string_view());
  const std::string number = std::to_string(id);
  const std::array<Attribute, 3> attributes = {
      {{"door", "auth-socket"}, {"request.id", number}, {"client.address", address}}};
  std::string network = network_of(address);
  request.attributes = std::span(attributes).first(network.empty() ? 2 : 3);

  const auto realm = realm_for(view(asked.realm));
  if (!realm) {
    complain(now, LogLevel::error, realm.error().message);
    return refuse(connection, DecisionCode::unavailable, now);
  }
  if (const char* where = from_root ? crowded(connections, realm->name(), network) : nullptr) {
    complain(now, LogLevel::warning,
             "too many questions " + std::string(where) + " at once (realm " + std::string(realm->name()) +
                 (network.empty() ? "" : ", client " + address) + ")");
    return refuse(connection, DecisionCode::unavailable, now);
  }
  connection.count_for(std::string(realm->name()), std::move(network));
  const auto answered = [box = mailbox, id, from_root](const Decision& decision) {
    try {
      box->put(id, write_answer(decision.answer(), from_root));
    } catch (const std::bad_alloc&) {
      return;  // who asked gives up by himself
    }
  };
  if (realm->decide_async(request, answered) == Ticket::none) refuse(connection, DecisionCode::unavailable, now);
}

void Door::State::deliver(Instant now) {
  for (auto& [id, frame] : mailbox->take()) {
    if (const auto found = connections.find(id); found != connections.end())
      found->second.answer(std::move(frame), now);
  }
}

/// A question that the engine has keeps its place, also when nobody waits any more: who hangs up cannot ask more at
/// once than who stays.
void Door::State::sweep(Instant now) {
  std::erase_if(connections, [now](const auto& entry) {
    const Connection& connection = entry.second;
    if (connection.state() == Connection::State::over) return true;
    const auto more = connection.state() == Connection::State::deciding ? longest_decision : 0s;
    return connection.deadline() + more <= now;
  });
}

void Door::State::run() {
  std::vector<pollfd> ready;
  std::vector<std::uint64_t> ids;
  while (!ends) {
    ready = {{mailbox->fd(), POLLIN, 0}, {listener.fd(), POLLIN, 0}};
    ids.clear();
    for (const auto& [id, connection] : connections) {
      if (connection.state() == Connection::State::deciding) continue;
      const short events = connection.state() == Connection::State::reading ? POLLIN : POLLOUT;
      ready.push_back({connection.fd(), events, 0});
      ids.push_back(id);
    }
    if (::poll(ready.data(), ready.size(), connections.empty() ? -1 : 1000) < 0 && errno != EINTR) {
      complain(std::chrono::steady_clock::now(), LogLevel::error, "cannot poll");
      std::this_thread::sleep_for(50ms);
      continue;
    }
    const Instant now = std::chrono::steady_clock::now();
    if (ready[0].revents != 0) {
      deliver(now);
      take_names(now);
    }
    for (int i = 0; i < 64 && ready[1].revents != 0 && accept_one(now); ++i) continue;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto found = connections.find(ids[i]);
      if (ready[i + 2].revents == 0 || found == connections.end()) continue;
      Connection& connection = found->second;
      if (connection.state() == Connection::State::writing) connection.write();
      if (connection.state() != Connection::State::reading) continue;
      connection.read();
      if (connection.state() == Connection::State::deciding) ask(found->first, connection, now);
    }
    sweep(now);
  }
}

Door::Door(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

Result<std::unique_ptr<Door>> Door::open(const Config& config, const DoorOptions& options, Log log) {
  if (auto fits = check(config, options); !fits) return fits.error();
  auto listener = Listener::open(options.path);
  if (!listener) return listener.error();
  auto state = std::make_unique<State>(*std::move(listener), options, config, std::move(log));
  if (state->mailbox->fd() < 0) return Error{"auth socket: no event descriptor"};
  return std::unique_ptr<Door>(new Door(std::move(state)));
}

Result<void> Door::start() {
  try {
    state_->thread = std::thread([state = state_.get()] {
      for (;;) {
        try {
          return state->run();
        } catch (const std::exception& e) {
          // Out of memory: those who asked are let go, and the next ones may have more luck.
          state->connections.clear();
          state->unnamed.clear();
          state->log(LogLevel::error, "auth socket: everybody who asked was let go: out of memory");
        }
      }
    });
  } catch (const std::exception& e) {
    return Error{std::string("auth socket: cannot start a thread: ") + e.what()};
  }
  return {};
}

Result<void> Door::check(const Config& config, const DoorOptions& options) {
  if (auto realm = config.realm(options.realm); !realm && !options.realm.empty()) {
    return Error{"[auth_socket] realm: " + realm.error().message};
  }
  return {};
}

void Door::take(Config config, DoorOptions options) {
  {
    const std::lock_guard lock(state_->mutex);
    std::swap(state_->options.realm, options.realm);
    std::swap(state_->config, config);
  }
  if (options.path != state_->options.path) {
    state_->log(LogLevel::warning, "auth socket: another path is taken only by a restart");
  }
}

Door::~Door() {
  state_->ends = true;
  state_->mailbox->wake();
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace gatehouse::auth_socket
