// SPDX-License-Identifier: Apache-2.0
#include <gatehouse/runtime.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include "config/manifest.hpp"
#include "loading/plugin_folders.hpp"
#include "runtime/clock.hpp"
#include "runtime/engine.hpp"
#include "runtime/flight.hpp"
#include "runtime/realm_state.hpp"
#include "runtime/snapshot.hpp"

namespace gatehouse {
namespace detail {

namespace {

/// The log's level, as one configuration wants it, while anything of that configuration is used: one that was loaded
/// and then refused must not leave its own behind.
class HeldLevel {
 public:
  HeldLevel(std::shared_ptr<Engine> engine, std::uint64_t number, LogLevel level)
      : engine_(std::move(engine)), number_(number) {
    engine_->log.hold_level(number_, level);
  }
  ~HeldLevel() { engine_->log.drop_level(number_); }
  HeldLevel(const HeldLevel&) = delete;
  HeldLevel& operator=(const HeldLevel&) = delete;

 private:
  std::shared_ptr<Engine> engine_;
  std::uint64_t number_;
};

struct LevelledRealm {
  std::shared_ptr<const HeldLevel> level;
  std::shared_ptr<const RealmState> realm;
};

}  // namespace

class RuntimeState {
 public:
  RuntimeState(RuntimeOptions options, Clock& clock, std::shared_ptr<Region> region)
      : engine(std::make_shared<Engine>(std::move(options), clock, std::move(region))) {}

  Result<std::shared_ptr<Snapshot>> load(const ConfigSource& source) {
    const config::Catalogue catalogue(plugin_folders(engine->options.plugin_dirs));
    auto document = config::read(source, catalogue);
    if (!document) return document.error();
    const LogLevel level = document->log.level_given ? document->log.level : engine->options.log_level;
    make_memory(document->cache);
    auto snapshot = build(catalogue, *std::move(document));
    engine->audits.prune();
    if (!snapshot) return snapshot;
    for (const auto& realm : (*snapshot)->realms) {
      for (const auto& backend : realm->chain) {
        if (engine->running()) {
          if (auto ok = backend->start(!engine->inline_calls()); !ok) return ok.error();
        }
        registry.add(backend);
      }
    }
    ++snapshots;
    const auto held = std::make_shared<const HeldLevel>(engine, snapshots, level);
    for (auto& realm : (*snapshot)->realms) {
      const auto both = std::make_shared<const LevelledRealm>(LevelledRealm{held, realm});
      realm = {both, both->realm.get()};
    }
    return snapshot;
  }

  Result<std::shared_ptr<Snapshot>> build(const config::Catalogue& catalogue, config::Document document) {
    auto audit = engine->audits.open(document.log.audit);
    if (!audit) return audit.error();
    return build_snapshot(engine, catalogue, std::move(document), registry, snapshots + 1, *audit);
  }

  Result<void> start() {
    if (engine->running()) return {};
    auto ok = engine->prepare();
    for (const auto& backend : registry.living()) {
      if (ok) ok = backend->start(!engine->inline_calls());
    }
    if (ok) {
      engine->open_door();
    } else {
      stop();
    }
    return ok;
  }

  void stop() noexcept {
    // Held until their workers have ended: none of those may be the last to let go of its own backend.
    const auto living = registry.living();
    engine->await_retired(living.size(), stop_grace);
    engine->stop();
    // A plugin that an inline call is still in is not stopped under it.
    if (engine->wait_for_inline_calls(stop_grace)) {
      for (const auto& backend : living) static_cast<void>(backend->stop());
    }
    engine->audits.stop();
    engine->close_region();
    engine->close_fd();
    engine->log.deliver();
  }

  void make_memory(const config::CacheSettings& cache) {
    // A process that lives for one login, as those that PAM is loaded into, has no use for the usual size.
    constexpr std::size_t inline_logins = 1'000;
    const std::size_t logins = engine->inline_calls() && !cache.entries_given ? inline_logins : cache.entries;
    const std::size_t size = Region::size_for(logins);
    if (engine->memory && engine->options.region_memory == nullptr && engine->memory->region->size() != size) {
      engine->log.add(LogLevel::warning, "[cache] entries takes effect when the process is started anew");
    }
    engine->remember(logins);
  }

  std::shared_ptr<Engine> engine;
  BackendRegistry registry;
  std::uint64_t snapshots = 0;
};

}  // namespace detail

namespace {

Decision as_decision(std::shared_ptr<const Answer> answer) {
  return Decision(std::move(answer));
}

void told(const detail::RealmState& realm, const Request& request, const std::shared_ptr<const Answer>& answer,
          std::chrono::nanoseconds time) noexcept {
  if (realm.audit.on()) realm.audit.answered(request, answer, time, realm.engine->memory->keys);
}

/// The audit of a question that is answered later, or by nobody: also who hangs up has guessed.
class ToldLater {
 public:
  ToldLater(std::shared_ptr<const detail::RealmState> realm, const Request& request)
      : realm_(std::move(realm)), asked_(request), began_(realm_->engine->clock.steady()) {}
  ~ToldLater() {
    if (!answered_) realm_->audit.left(asked_.request(), elapsed(), realm_->engine->memory->keys);
  }
  ToldLater(const ToldLater&) = delete;
  ToldLater& operator=(const ToldLater&) = delete;

  void answered(const std::shared_ptr<const Answer>& answer) noexcept {
    answered_ = true;
    told(*realm_, asked_.request(), answer, elapsed());
  }

 private:
  [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept { return realm_->engine->clock.steady() - began_; }

  std::shared_ptr<const detail::RealmState> realm_;
  detail::AskedLater asked_;
  detail::SteadyTime began_;
  bool answered_ = false;
};

}  // namespace

std::optional<Decision> Realm::try_decide(const Request& request) const noexcept {
  auto answer = state_->settle(request, detail::GrantCache::Lookup::quick);
  if (!answer) return std::nullopt;
  told(*state_, request, answer, std::chrono::nanoseconds(0));
  return as_decision(std::move(answer));
}

Decision Realm::decide(const Request& request, std::chrono::milliseconds timeout) const noexcept {
  try {
    const auto began = state_->engine->clock.steady();
    auto answer = state_->decide(state_, request, timeout);
    told(*state_, request, answer, state_->engine->clock.steady() - began);
    state_->engine->log.deliver();
    return as_decision(std::move(answer));
  } catch (...) {
    return as_decision(nullptr);  // out of memory: unavailable
  }
}

Ticket Realm::decide_async(const Request& request, std::function<void(Decision)> done,
                           std::chrono::milliseconds timeout) const {
  const std::shared_ptr<detail::Engine>& engine = state_->engine;
  Ticket ticket = Ticket::none;
  try {
    ticket = engine->expect(std::move(done));
    if (auto answer = state_->settle(request, detail::GrantCache::Lookup::whole)) {
      told(*state_, request, answer, std::chrono::nanoseconds(0));
      engine->complete(ticket, as_decision(std::move(answer)));
      return ticket;
    }
    if (engine->inline_calls()) {
      engine->complete(ticket, as_decision(nullptr));
      return ticket;
    }
    const auto limit = timeout.count() > 0 ? std::min(timeout, state_->timeout) : state_->timeout;
    const auto later = state_->audit.on() ? std::make_shared<ToldLater>(state_, request) : nullptr;
    const auto finish = [engine = std::weak_ptr(engine), ticket, later](std::shared_ptr<const Answer> answer) {
      if (later) later->answered(answer);
      if (const auto living = engine.lock()) living->complete(ticket, as_decision(std::move(answer)));
    };
    engine->attach(ticket, detail::Flight::launch(state_, request, limit, finish));
    return ticket;
  } catch (...) {
    engine->cancel(ticket);
    return Ticket::none;
  }
}

void Realm::note_refusal(const Request& request, DecisionCode decision, Reason reason, std::string_view subject,
                         std::string_view detail) const noexcept {
  if (!state_->audit.on()) return;
  try {
    Answer why;
    why.code = decision;
    why.reason = reason;
    why.identity.subject = subject;
    why.detail = detail;
    state_->audit.refused(request, why, state_->engine->memory->keys);
    if (state_->engine->inline_calls()) state_->engine->log.deliver();
  } catch (...) {
    return;  // out of memory
  }
}

std::string_view Realm::name() const noexcept {
  return state_->name;
}
std::string_view Realm::display_name() const noexcept {
  return state_->display_name;
}
CredentialKinds Realm::credentials() const noexcept {
  return state_->credentials;
}

std::vector<std::string> Realm::chain() const {
  std::vector<std::string> names;
  for (const auto& backend : state_->chain) names.push_back(backend->settings.name);
  return names;
}

std::vector<std::string_view> Realm::files() const {
  std::vector<std::string_view> all;
  for (const auto& backend : state_->chain) {
    all.insert(all.end(), backend->settings.files.begin(), backend->settings.files.end());
  }
  return all;
}

Result<Realm> Config::realm(std::string_view name) const {
  const auto& realms = snapshot_->realms;
  if (name.empty() && realms.size() == 1) return Realm(realms.front());
  for (const auto& realm : realms) {
    if (realm->name == name) return Realm(realm);
  }
  std::string known;
  for (const auto& realm : realms) known += (known.empty() ? "" : ", ") + realm->name;
  if (name.empty()) return Error{"there is more than one realm; name one of: " + known};
  return Error{"there is no realm \"" + std::string(name) + "\"; there is: " + known};
}

std::vector<std::string> Config::realm_names() const {
  std::vector<std::string> names;
  for (const auto& realm : snapshot_->realms) names.push_back(realm->name);
  return names;
}

const OptionValues& Config::section(std::string_view name) const noexcept {
  static const OptionValues none;
  const auto found = snapshot_->sections.find(name);
  return found == snapshot_->sections.end() ? none : found->second.values;
}

const std::vector<TableEntry>& Config::tables(std::string_view section, std::string_view list) const noexcept {
  static const std::vector<TableEntry> none;
  const auto found = snapshot_->sections.find(section);
  if (found == snapshot_->sections.end()) return none;
  const auto tables = found->second.lists.find(list);
  return tables == found->second.lists.end() ? none : tables->second;
}

std::vector<SecretCost> Config::secret_costs() const {
  std::vector<SecretCost> all;
  std::set<const detail::Backend*> seen;
  for (const auto& realm : snapshot_->realms) {
    for (const auto& backend : realm->chain) {
      if (!seen.insert(backend.get()).second) continue;
      for (auto& [what, time] : backend->instance->budget()) {
        all.push_back({backend->settings.name, std::move(what), time, backend->pool.workers()});
      }
    }
  }
  return all;
}

std::optional<LogLevel> Config::log_level() const noexcept {
  return snapshot_->log_level;
}
const std::string& Config::audit_file() const noexcept {
  return snapshot_->audit_file;
}

std::uint64_t Config::id() const noexcept {
  return snapshot_->id;
}

std::size_t minimum_region_size() noexcept {
  return detail::Region::minimum_size();
}
std::size_t region_size_for(std::size_t logins) noexcept {
  return detail::Region::size_for(logins);
}

Result<Runtime> Runtime::open(RuntimeOptions options) {
  try {
    std::shared_ptr<detail::Region> region;
    if (options.region_memory != nullptr) {
      auto given = detail::Region::of_host(options.region_memory, options.region_size);
      if (!given) return Error{"cannot open the engine: " + given.error().message};
      region = *std::move(given);
    }
    return Runtime(
        std::make_shared<detail::RuntimeState>(std::move(options), detail::system_clock(), std::move(region)));
  } catch (const std::exception& e) {
    return Error{std::string("cannot open the engine: ") + e.what()};
  }
}

Result<Config> Runtime::load(const ConfigSource& source) {
  try {
    auto snapshot = state_->load(source);
    state_->engine->log.deliver();
    if (!snapshot) return snapshot.error();
    return Config(*std::move(snapshot));
  } catch (const std::exception& e) {
    return Error{std::string("cannot load the configuration: ") + e.what()};
  }
}

Result<void> Runtime::start() {
  auto started = state_->start();
  state_->engine->log.deliver();
  return started;
}

RuntimeMetrics Runtime::metrics() const {
  auto metrics = state_->engine->metrics.read();
  const auto audit = state_->engine->audits.counts();
  metrics.audit_written = audit.written;
  metrics.audit_lost = audit.lost;
  for (const auto& backend : state_->registry.living()) {
    metrics.backends.push_back({.backend = backend->settings.name,
                                .workers = backend->pool.workers(),
                                .stuck = backend->pool.stuck(),
                                .queued = backend->pool.queued()});
  }
  return metrics;
}

void Runtime::stop() noexcept {
  state_->stop();
}
void Runtime::reopen_logs() noexcept {
  state_->engine->audits.reopen();
}
int Runtime::fd() const noexcept {
  return state_->engine->fd();
}
void Runtime::dispatch() {
  state_->engine->dispatch();
}
void Runtime::cancel(Ticket ticket) noexcept {
  state_->engine->cancel(ticket);
}
void Runtime::flush_cache() noexcept {
  if (state_->engine->memory) state_->engine->memory->grants.flush();
}
std::vector<Throttled> Runtime::throttled() const {
  const detail::Engine& engine = *state_->engine;
  return engine.memory ? engine.memory->throttle.notices.list(engine.clock.steady()) : std::vector<Throttled>();
}
void Runtime::clear_throttle(std::string_view subject) {
  if (!state_->engine->memory) return;
  detail::Throttle& throttle = state_->engine->memory->throttle;
  if (subject.empty()) {
    throttle.clear();
  } else {
    for (const auto& realm : state_->engine->metrics.read().realms) throttle.clear(subject, realm.realm);
  }
}

Runtime::Runtime(std::shared_ptr<detail::RuntimeState> state) noexcept : state_(std::move(state)) {}
Runtime::Runtime(Runtime&&) noexcept = default;

Runtime& Runtime::operator=(Runtime&& other) noexcept {
  if (this != &other) {
    if (state_) state_->stop();
    state_ = std::move(other.state_);
  }
  return *this;
}

Runtime::~Runtime() {
  if (state_) state_->stop();
}

}  // namespace gatehouse
