// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A configuration as written, checked as far as that goes without opening a plugin. The TOML reader and the URI reader
/// both make one; the snapshot builder (runtime/) turns it into realms and backends.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gatehouse/option.hpp>
#include <gatehouse/runtime.hpp>

#include "config/manifest.hpp"
#include "config/problems.hpp"

namespace gatehouse::config {

/// A scalar or a list of texts as written; std::monostate is a type that no option takes (a table, a date, a float).
struct RawValue {
  std::variant<std::monostate, std::string, std::int64_t, bool, std::vector<std::string>> value;
  Location where;
  bool from_uri = false;  ///< every value of a URI is a text: the checker converts it by the option's type
};

/// In the order written. The checker reports a name that stands twice.
using RawTable = std::vector<std::pair<std::string, RawValue>>;

/// Names in BackendDefinition::options that no option has. The body of a URI, whose option only the plugin knows:
inline constexpr std::string_view uri_body_option = "";
/// What follows the ? of a URI if it is not name=value, which only a plugin with a form of its own can read:
inline constexpr std::string_view uri_unread_option = "?";

enum class OnUnavailable { end, next };

struct BackendDefinition {
  std::string name;
  std::string plugin;  ///< an id to be found in the plugin folders, or an absolute path of a shared object
  Location where;
  OnUnavailable on_unavailable = OnUnavailable::end;
  std::string subject_prefix;
  std::uint32_t workers = 0;             ///< 0: the engine chooses by the plugin's traits
  std::uint32_t queue = 0;               ///< waiting calls; 0: the engine chooses
  std::chrono::milliseconds timeout{0};  ///< 0: the engine chooses
  bool isolate = false;                  ///< the plugin runs in a process of its own
  std::string plugin_host;               ///< its program; empty: that of this installation
  std::string uri;                       ///< what it was made from, when a plugin has a URI form of its own
  RawTable options;                      ///< the plugin's own
};

enum class Subjects { unsaid, shared };

struct RealmDefinition {
  std::string name;
  std::string display_name;  ///< defaults to the name
  Location where;
  Subjects subjects = Subjects::unsaid;
  std::vector<std::string> chain;
  std::chrono::milliseconds timeout{0};  ///< of a whole decision; 0: the engine chooses
};

/// [cache]
struct CacheSettings {
  std::chrono::milliseconds ttl{std::chrono::minutes(5)};  ///< 0 turns it off
  std::size_t entries = 100'000;
  bool entries_given = false;
  /// Each grant ends up to so much sooner than its ttl, so that not all end at once; unsaid: a tenth of the ttl.
  std::optional<std::chrono::milliseconds> jitter;
  std::chrono::milliseconds negative_ttl{std::chrono::minutes(1)};  ///< of wrong credentials; 0 turns that off
  /// While a backend cannot be asked, for how long after its time a grant still counts; 0: not at all.
  std::chrono::milliseconds stale_if_unavailable{0};
};

/// [throttle]
struct ThrottleSettings {
  std::uint32_t failures = 20;  ///< for one account from one network, at once; 0: no limit
  std::chrono::milliseconds failures_every{std::chrono::seconds(30)};  ///< for one more
  std::uint32_t source_failures = 200;                                 ///< from one network, at once; 0: no limit
  std::chrono::milliseconds source_failures_every{std::chrono::seconds(3)};
  /// For one account, in a row, from everywhere; 0: no limit. Then it is open where it is known, and once a minute
  /// elsewhere.
  std::uint32_t subject_failures = 100;
  std::chrono::milliseconds known_good{std::chrono::hours(24 * 30)};  ///< for how long after a login from there
  std::uint8_t ipv4_prefix = 32;
  std::uint8_t ipv6_prefix = 64;
};

enum class AuditMode { off, refusals, all };
enum class UnknownUsers { hash, plain };

/// What of [log] is about the audit log.
struct AuditSettings {
  AuditMode mode = AuditMode::refusals;
  std::string sink = "log";  ///< or "syslog", or an absolute path
  UnknownUsers unknown_users = UnknownUsers::hash;
  bool given = false;  ///< something of it stands in the file
};

/// [log]
struct LogSettings {
  LogLevel level = LogLevel::info;
  bool level_given = false;
  AuditSettings audit;
};

/// What the file says in a section of a door.
struct SectionValues {
  OptionValues values;
  std::map<std::string, std::vector<TableEntry>, std::less<>> lists;
};

struct Document {
  std::vector<RealmDefinition> realms;
  std::vector<BackendDefinition> backends;
  CacheSettings cache;
  ThrottleSettings throttle;
  LogSettings log;
  std::map<std::string, SectionValues, std::less<>> sections;
  std::string directory;  ///< relative paths are relative to it; empty: they are refused
};

/// Reads the source: TOML file, TOML text or URIs. Checks the grammar, unknown and repeated keys, the types of the
/// engine's own keys, that every chain names a backend that exists and every backend is in some chain, and that a chain
/// of two or more says whose subjects are whose. Does not open plugins: `options` stay raw.
[[nodiscard]] Result<Document> read(const ConfigSource& source, const Catalogue& catalogue);

/// Reads only `source.sections` of a file or text; everything else in it is not looked at, beyond being TOML.
[[nodiscard]] Result<Document> read_sections(const ConfigSource& source);

/// Checks raw options against a description: unknown names (with a suggestion), wrong types, choices, ranges, missing
/// required ones, secrets given in clear; reads secret files; makes paths absolute. Adds problems; the result is
/// complete only if it added none. A text or item that is empty or holds a control
/// character is an error. `also_known` are names that may stand here too, but are read elsewhere (backend_key_names()
/// for a backend): they are offered to someone who misspelt one.
[[nodiscard]] OptionValues check_options(const std::vector<OptionSpec>& specs, const RawTable& raw,
                                         const Location& owner, const std::string& directory, Problems& problems,
                                         const std::vector<std::string>& also_known = {});

/// The keys of a backend that the engine reads itself.
[[nodiscard]] std::vector<std::string> backend_key_names();

}  // namespace gatehouse::config
