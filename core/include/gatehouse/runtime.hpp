// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The host API in full: one Runtime per process, any number of Configs, one Realm per door.
///
/// Order of life: open() -> load() -> [fork] -> start() -> questions -> stop(). Before start() the library creates no
/// thread and opens no socket, so a server may load its configuration in a master process and start in its workers.
/// Servers that want one object with one call use <gatehouse/authenticator.hpp>.
///
/// Threads: every const member function of Realm and Config may be called from any thread. open, load, start and stop
/// are called one at a time. dispatch() and cancel() belong to one thread, the owner of fd().
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/decision.hpp>
#include <gatehouse/export.hpp>
#include <gatehouse/metrics.hpp>
#include <gatehouse/option.hpp>
#include <gatehouse/request.hpp>
#include <gatehouse/result.hpp>

namespace gatehouse {

enum class LogLevel : std::uint32_t { debug = 0, info = 1, warning = 2, error = 3 };

struct RuntimeOptions {
  /// inline_calls: no thread is ever started; decide() runs backends on the caller's thread, and background work that
  /// is due runs before it. There is no hard deadline beyond what the plugins themselves keep, fd() is -1, and
  /// decide_async answers unavailable unless try_decide would have answered. For PAM and other hosts that must stay
  /// single-threaded.
  enum class Mode { threads, inline_calls };
  Mode mode = Mode::threads;
  /// Where `plugin = "name"` is looked for; the first folder with name.plugin wins. Empty: the folder of this
  /// installation. No environment variable is read.
  std::vector<std::string> plugin_dirs{};
  /// Receives each log line, without its end; in dispatch(), or before open/load/start/stop/decide return.
  /// Called by one thread at a time. Empty: lines are dropped.
  std::function<void(LogLevel, std::string_view)> log{};
  LogLevel log_level = LogLevel::info;
  /// Receives the lines of the audit log if its sink is "log" (docs/audit.md), as `log` does its lines, but for the
  /// level: none is left out. Empty: they go to `log`, with level info.
  std::function<void(std::string_view)> audit_log{};
  /// false: no audit log is opened, whatever the configuration says. For tools that only look at one.
  bool audit = true;

  /// Memory for the region: what is remembered of logins and of guesses. All processes that are given the same memory
  /// share both. It is the host's, from open() until the last Realm is gone: aligned to 64 bytes, at least
  /// minimum_region_size() long, and mapped before fork() so that every worker has it (at any address).
  ///   Who fills it: open(), before fork; by one process at a time. Memory of zeros, of another version or another
  ///   size, or that was damaged, is made anew and starts empty; otherwise open() only joins, and what was remembered
  ///   stays: that is how a reload stays warm. Nothing in it needs undoing: any process may be killed at any time.
  ///   What it holds: a random key, made with it. Who can read it can test guesses, who can write it can forge logins:
  ///   give it to processes of one privilege only. There are no passwords and no tokens in it.
  /// nullptr: memory of this process alone, sized by `[cache] entries`.
  void* region_memory = nullptr;
  std::size_t region_size = 0;
};

/// The smallest region: some hundred logins. [any-thread]
[[nodiscard]] GATEHOUSE_API std::size_t minimum_region_size() noexcept;
/// A region that remembers about so many logins at once, and guesses in proportion. [any-thread]
[[nodiscard]] GATEHOUSE_API std::size_t region_size_for(std::size_t logins) noexcept;

/// Where a Config comes from: a file, text, or one URI per backend in chain order.
struct ConfigSource {
  std::string file{};                           ///< path of a TOML file; owner and mode are checked
  std::string text{};                           ///< TOML, when `file` is empty; relative paths are then refused
  std::vector<std::string> backends{};          ///< URIs, when both are empty; they form the realm "default"
  std::string display_name{};                   ///< of the URI realm; shown in login prompts
  std::vector<SectionSpec> sections{};          ///< of this door; read with Config::section
  std::vector<std::string> ignored_sections{};  ///< of other doors: accepted unread
};

namespace detail {
class RuntimeState;
class Snapshot;
class RealmState;
}  // namespace detail

/// Names one decide_async() in flight. 0 is none.
enum class Ticket : std::uint64_t { none = 0 };

/// What a door is told to use. A cheap handle that keeps its snapshot alive.
class GATEHOUSE_API Realm {
 public:
  /// A decision that needs no waiting: from the cache, or a refusal that no backend has to confirm. nullopt means ask
  /// decide() or decide_async(). Never blocks; on a cache hit it does not allocate.
  [[nodiscard]] std::optional<Decision> try_decide(const Request& request) const noexcept;

  /// Blocks until decided, at most `timeout` (the realm's own deadline if that is shorter or `timeout` is zero).
  [[nodiscard]] Decision decide(const Request& request, std::chrono::milliseconds timeout = {}) const noexcept;

  /// Copies the request and returns at once. `done` is called once, from Runtime::dispatch(), never from here.
  /// Ticket::none if memory ran out: then `done` is not called.
  [[nodiscard]] Ticket decide_async(const Request& request, std::function<void(Decision)> done,
                                    std::chrono::milliseconds timeout = {}) const;

  [[nodiscard]] std::string_view name() const noexcept;
  [[nodiscard]] std::string_view display_name() const noexcept;
  /// Every kind that some backend of the chain takes: what a door offers to a caller without a credential.
  [[nodiscard]] CredentialKinds credentials() const noexcept;
  /// Tells the audit log that this door refuses `request` for a reason of its own, such as a rule or a credential that
  /// cannot be read. `subject` is who it is, if that is known. `detail` is for the operator.
  void note_refusal(const Request& request, DecisionCode decision, Reason reason, std::string_view subject = {},
                    std::string_view detail = {}) const noexcept;

  /// The configured names of the chain, in order.
  [[nodiscard]] std::vector<std::string> chain() const;
  /// Every file and folder that options of the chain's backends name: what a serving process may read again at any
  /// time. A host that changes its user between load() and start() checks that the new one can. Valid as long as the
  /// realm.
  [[nodiscard]] std::vector<std::string_view> files() const;

  explicit Realm(std::shared_ptr<const detail::RealmState> state) noexcept : state_(std::move(state)) {}

 private:
  std::shared_ptr<const detail::RealmState> state_;
};

/// What checking one kind of a backend's secrets costs on this machine.
struct SecretCost {
  std::string backend;
  std::string what;  ///< "bcrypt cost 12"
  std::chrono::microseconds time{0};
  std::size_t workers = 0;  ///< how many are checked at once, at most
};

/// One loaded configuration. A cheap handle; the last one alive ends the backends that no newer Config shares.
class GATEHOUSE_API Config {
 public:
  /// The realm of that name; with an empty name, the only realm there is.
  [[nodiscard]] Result<Realm> realm(std::string_view name = {}) const;
  [[nodiscard]] std::vector<std::string> realm_names() const;
  /// The values of a section given in ConfigSource::sections; defaults where the file is silent.
  [[nodiscard]] const OptionValues& section(std::string_view name) const noexcept;
  /// Measures it, for those backends that can tell. May block.
  [[nodiscard]] std::vector<SecretCost> secret_costs() const;
  /// The level that the section [log] names, if it names one.
  [[nodiscard]] std::optional<LogLevel> log_level() const noexcept;
  /// The file that audit lines are written to; empty: none.
  [[nodiscard]] const std::string& audit_file() const noexcept;
  /// The tables of a list of such a section, in the order written; none where the file is silent.
  [[nodiscard]] const std::vector<TableEntry>& tables(std::string_view section, std::string_view list) const noexcept;
  /// Counts up with each Config of a Runtime; names the snapshot in logs.
  [[nodiscard]] std::uint64_t id() const noexcept;

  explicit Config(std::shared_ptr<const detail::Snapshot> snapshot) noexcept : snapshot_(std::move(snapshot)) {}

 private:
  std::shared_ptr<const detail::Snapshot> snapshot_;
};

/// Somebody who is told to wait: guesses at `subject` (empty: at anybody) from the network `source` (empty: unknown).
struct Throttled {
  std::string subject;
  std::string source;
  std::chrono::seconds remaining{0};
};

class GATEHOUSE_API Runtime {
 public:
  [[nodiscard]] static Result<Runtime> open(RuntimeOptions options);

  /// Reads, checks and creates everything `source` names. On failure nothing is left behind and the Error lists every
  /// problem found. Backends whose definition equals that of a living one are shared with it. After start(), new
  /// backends are started here too, so it may block: not for an event loop.
  [[nodiscard]] Result<Config> load(const ConfigSource& source);

  /// Starts workers and backends, in this process. Call it once per serving process, after fork.
  [[nodiscard]] Result<void> start();

  /// Ends all threads. Who blocks in decide() gets unavailable; callbacks that have not come will not come. A plugin
  /// that does not return is left behind after two seconds. Idempotent; the destructor calls it. May block.
  void stop() noexcept;

  /// What was counted so far. [any-thread]
  [[nodiscard]] RuntimeMetrics metrics() const;

  /// Opens the files of the audit log by their names again. [any-thread]
  void reopen_logs() noexcept;

  /// Readable when dispatch() has something to do. Valid from start() to stop(); -1 otherwise.
  [[nodiscard]] int fd() const noexcept;
  /// Calls back finished decide_async()s and delivers log lines. [the owner's thread]
  void dispatch();
  /// After it returns, the callback of that ticket will not be called. [the owner's thread]
  void cancel(Ticket ticket) noexcept;

  /// Forgets every remembered login and refusal, in all processes that share the region. [any thread, after load()]
  void flush_cache() noexcept;
  /// Those who were told to wait, and still are. [any thread, after load()]
  [[nodiscard]] std::vector<Throttled> throttled() const;
  /// Forgets the guesses at this subject; with an empty one all guesses. Where somebody is known to be good stays
  /// known. [any thread, after load()]
  void clear_throttle(std::string_view subject = {});

  Runtime(Runtime&&) noexcept;
  Runtime& operator=(Runtime&&) noexcept;
  ~Runtime();

 private:
  explicit Runtime(std::shared_ptr<detail::RuntimeState> state) noexcept;
  std::shared_ptr<detail::RuntimeState> state_;
};

}  // namespace gatehouse
