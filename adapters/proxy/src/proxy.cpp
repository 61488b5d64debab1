// SPDX-License-Identifier: Apache-2.0
#include "gatehouse/proxy.hpp"

#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <thread>

#include "hub.hpp"
#include "listener.hpp"
#include "use_await.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

namespace {

using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

/// Each connection may hold two descriptors, one of forward-auth holds one. The hard limit is not touched.
void raise_descriptor_limit(const ProxyOptions& options, Hub& hub) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const auto connections = options.max_connections;
  const rlim_t wanted = connections * (options.forward_auth.empty() ? 2 : 3) + 256;
  if (limit.rlim_cur >= wanted) return;
  const rlim_t soft = std::min(wanted, limit.rlim_max);
  limit.rlim_cur = soft;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || soft < connections + 256) {
    hub.log(LogLevel::warning, "max_connections needs up to " + std::to_string(wanted) +
                                   " open files; the limit of this process is " + std::to_string(limit.rlim_max));
  }
}

}  // namespace

struct Proxy::State {
  State(Runtime& runtime, Log log, std::shared_ptr<const Door> door) : hub(runtime, std::move(log), std::move(door)) {}

  void make_workers(unsigned count);
  void drain();
  void tell_warnings();
  [[nodiscard]] Awaitable<void> dispatch(Descriptor& descriptor);
  /// Something without which nobody is served has ended: so does run(). [owner's thread]
  void fail(const std::string& what);
  /// Looks the upstream's name up again, as long as it runs.
  [[nodiscard]] Awaitable<void> follow_name();

  Hub hub;
  std::vector<std::shared_ptr<Worker>> workers;  ///< the first runs on the owner's thread
  /// [main]
  [[nodiscard]] Result<std::string> listen(const std::string& text, Role role);

  std::vector<std::pair<std::unique_ptr<Listener>, Role>> listeners;
  std::vector<std::string> addresses;
  std::string forward_auth_address;
  bool ending = false;       ///< owner's thread
  std::string problem;       ///< owner's thread
  std::size_t finished = 0;  ///< workers whose drain is complete; owner's thread
};

void Proxy::State::make_workers(unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    workers.push_back(std::make_shared<Worker>(hub, [this] {
      asio::post(*hub.owner, [this] {
        if (++finished < workers.size()) return;
        for (const auto& worker : workers) worker->finish();
      });
    }));
  }
  hub.owner = &workers.front()->io;
}

void Proxy::State::tell_warnings() {
  for (const auto& warning : hub.door()->warnings()) hub.log(LogLevel::warning, warning);
}

Result<std::string> Proxy::State::listen(const std::string& text, Role role) {
  const auto address = read_listen(text);
  if (!address) return address.error();
  auto listener = Listener::open(workers.front()->io, *address);
  if (!listener) return listener.error();
  auto bound = (*listener)->address();
  listeners.emplace_back(*std::move(listener), role);
  return bound;
}

/// On the owner's thread.
void Proxy::State::drain() {
  ending = true;
  for (const auto& [listener, role] : listeners) listener->close();
  const auto limit = std::chrono::ceil<std::chrono::seconds>(hub.door()->options.timeouts.drain).count();
  for (const auto& worker : workers) worker->drain(static_cast<Ticks>(limit));
}

Awaitable<void> Proxy::State::dispatch(Descriptor& descriptor) {
  while (true) {
    const auto [error] = co_await descriptor.async_wait(Descriptor::wait_read, use_await);
    if (error) co_return;
    try {
      hub.runtime.dispatch();
    } catch (const std::exception&) {
      // Whoever comes next still gets the answer of the engine.
      hub.log_limited(LogLevel::error, "an answer of the engine was not delivered: out of memory");
    }
  }
}

void Proxy::State::fail(const std::string& what) {
  problem = what;
  workers.front()->finish();
}

Awaitable<void> Proxy::State::follow_name() {
  Timer timer(workers.front()->io);
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(workers.front()->io);
  while (!ending) {
    timer.expires_after(hub.door()->options.resolve);
    const auto [stopped] = co_await timer.async_wait(use_await);
    const auto door = hub.door();
    if (stopped || ending) co_return;
    if (!door->route || door->upstream.whoami || !is_name(door->upstream.address)) continue;
    const std::string& host = door->upstream.address.host;
    const std::uint16_t port = door->upstream.address.port;
    const auto [error, found] = co_await resolver.async_resolve(host, std::to_string(port), use_await);
    if (error) {
      hub.log_limited(LogLevel::warning, "cannot look up " + host + " again: " + error.message());
      continue;
    }
    std::vector<Endpoint> endpoints;
    for (const auto& entry : found) endpoints.emplace_back(entry.endpoint());
    if (!endpoints.empty() && door->route->update(std::move(endpoints))) {
      hub.log(LogLevel::info, "upstream " + host + " has other addresses now");
    }
  }
}

Proxy::Proxy(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

Proxy::~Proxy() = default;

Result<std::unique_ptr<Proxy>> Proxy::open(Runtime& runtime, const Config& config, const ProxyOptions& options,
                                           Log log) {
  try {
    if (options.threads == 0 || options.threads > 256) return Error{"threads: expected 1 to 256"};
    if (options.listen.empty()) return Error{"listen: no address is given"};
    auto door = Door::open(config, options, nullptr);
    if (!door) return door.error();
    auto state = std::make_unique<State>(runtime, std::move(log), *std::move(door));
    state->make_workers(options.threads);
    for (const auto& text : options.upstream.empty() ? std::vector<std::string>() : options.listen) {
      auto bound = state->listen(text, Role::proxy);
      if (!bound) return bound.error();
      state->addresses.push_back(*std::move(bound));
    }
    if (!options.forward_auth.empty()) {
      auto bound = state->listen(options.forward_auth, Role::forward_auth);
      if (!bound) return Error{"forward_auth: " + bound.error().message};
      state->forward_auth_address = *std::move(bound);
    }
    state->tell_warnings();
    raise_descriptor_limit(options, state->hub);
    return std::unique_ptr<Proxy>(new Proxy(std::move(state)));
  } catch (const std::exception& problem) {
    return Error{std::string("the proxy cannot start: ") + problem.what()};
  }
}

Result<void> Proxy::run() {
  auto& state = *state_;
  const int fd = state.hub.runtime.fd();
  if (fd < 0) return Error{"the runtime is not started"};
  auto& owner = *state.workers.front();
  Descriptor descriptor(owner.io);
  std::vector<std::jthread> threads;
  std::string& problem = state.problem;
  try {
    descriptor.assign(fd);
    asio::co_spawn(owner.io, state.dispatch(descriptor),
                   [&state](const std::exception_ptr&) { state.fail("the engine's answers no longer arrive"); });
    asio::co_spawn(owner.io, state.follow_name(), [](const std::exception_ptr&) {});
    for (const auto& [listener, role] : state.listeners) {
      listener->run(state.hub, state.workers, role, [&state] {
        if (!state.ending) state.fail("a listener ended");
      });
    }
    for (std::size_t i = 1; i < state.workers.size(); ++i) {
      threads.emplace_back([worker = state.workers[i]] { worker->run(); });
    }
    owner.run();
  } catch (const std::exception& thrown) {
    problem = thrown.what();
  }
  // Whatever ended it: no thread is waited for that does not end, and the Runtime keeps its descriptor.
  for (const auto& worker : state.workers) worker->finish();
  threads.clear();
  for (const auto& [listener, role] : state.listeners) listener->close();
  if (descriptor.is_open()) descriptor.release();
  if (!problem.empty()) return Error{"the proxy ended: " + problem};
  return {};
}

void Proxy::drain() noexcept {
  try {
    asio::post(*state_->hub.owner, [state = state_.get()] { state->drain(); });
  } catch (const std::exception&) {
    state_->hub.log(LogLevel::error, "cannot drain: out of memory");
  }
}

Result<void> Proxy::reload(const Config& config, const ProxyOptions& options) {
  try {
    const auto current = state_->hub.door();
    auto door = Door::open(config, options, current.get());
    if (!door) return door.error();
    const auto& old = current->options;
    if (options.upstream.empty() && !old.upstream.empty()) {
      return Error{"upstream: is gone, but listen is open; that needs a restart"};
    }
    if (options.tls.cert.empty() && !old.tls.cert.empty()) {
      return Error{"tls_cert: is gone, and callers would send their passwords in plain text; that needs a restart"};
    }
    if (options.listen != old.listen || options.threads != old.threads || options.forward_auth != old.forward_auth ||
        options.upstream.empty() != old.upstream.empty()) {
      state_->hub.log(LogLevel::warning,
                      "a change of listen, threads or forward_auth needs a restart; the rest was taken");
    }
    state_->hub.set_door(*std::move(door));
    state_->tell_warnings();
    return {};
  } catch (const std::exception& problem) {
    return Error{std::string("the configuration was not taken: ") + problem.what()};
  }
}

void Proxy::reopen_logs() noexcept {
  const auto log = state_->hub.door()->access_log;
  if (log && !log->reopen())
    state_->hub.log(LogLevel::error, "the access log cannot be opened again; it stays the old");
}

void Proxy::probe(std::function<void()> done) noexcept {
  struct Round {
    const std::vector<std::shared_ptr<Worker>>& workers;  // what is posted runs while run() does, or not at all
    std::function<void()> done;
    std::size_t at = 0;
    static void step(const std::shared_ptr<Round>& round) {
      if (round->at == round->workers.size()) return round->done();
      asio::post(round->workers[round->at++]->io, [round] { step(round); });
    }
  };
  try {
    Round::step(std::make_shared<Round>(Round{state_->workers, std::move(done)}));
  } catch (const std::exception&) {
    return;  // out of memory: the next one proves as much
  }
}

std::size_t Proxy::connections() const noexcept {
  auto& hub = state_->hub;
  return hub.connections(Role::proxy).load(std::memory_order_relaxed) +
         hub.connections(Role::forward_auth).load(std::memory_order_relaxed);
}

const std::vector<std::string>& Proxy::addresses() const noexcept {
  return state_->addresses;
}

const std::string& Proxy::forward_auth_address() const noexcept {
  return state_->forward_auth_address;
}

}  // namespace gatehouse::proxy
