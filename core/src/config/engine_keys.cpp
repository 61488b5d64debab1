// SPDX-License-Identifier: Apache-2.0
#include "config/engine_keys.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "config/names.hpp"

namespace gatehouse::config {
namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::size_t longest_prefix = 64;

const RawValue* find(const RawTable& raw, std::string_view name) {
  const auto entry = std::find_if(raw.begin(), raw.end(), [&](const auto& e) { return e.first == name; });
  return entry == raw.end() ? nullptr : &entry->second;
}

Location where_is(const RawTable& raw, std::string_view name, const Location& owner) {
  const RawValue* value = find(raw, name);
  return value == nullptr ? owner : value->where;
}

}  // namespace

std::vector<OptionSpec> realm_keys() {
  return {{.name = "display_name", .type = OptionType::text},
          {.name = "chain", .type = OptionType::text_list, .required = true},
          {.name = "subjects", .type = OptionType::text, .choices = "shared"},
          {.name = "timeout", .type = OptionType::duration, .minimum = 1, .maximum = hour_ms}};
}

std::vector<OptionSpec> backend_keys() {
  return {{.name = "on_unavailable", .type = OptionType::text, .default_value = "end", .choices = "end|next"},
          {.name = "subject_prefix", .type = OptionType::text},
          {.name = "workers", .type = OptionType::integer, .minimum = 1, .maximum = 1024},
          {.name = "queue", .type = OptionType::integer, .minimum = 1, .maximum = 1'000'000},
          {.name = "timeout", .type = OptionType::duration, .minimum = 1, .maximum = hour_ms},
          {.name = "isolate", .type = OptionType::boolean},
          {.name = "plugin_host", .type = OptionType::text}};
}

std::vector<OptionSpec> cache_keys() {
  return {{.name = "ttl", .type = OptionType::duration, .maximum = 24 * hour_ms},
          {.name = "entries", .type = OptionType::integer, .minimum = 1, .maximum = 10'000'000},
          {.name = "jitter", .type = OptionType::duration, .maximum = 24 * hour_ms},
          {.name = "negative_ttl", .type = OptionType::duration, .maximum = 60'000},
          {.name = "stale_if_unavailable", .type = OptionType::duration, .maximum = hour_ms}};
}

std::vector<OptionSpec> throttle_keys() {
  return {{.name = "failures", .type = OptionType::integer, .maximum = 200},
          {.name = "failures_every", .type = OptionType::duration, .minimum = 100, .maximum = 24 * hour_ms},
          {.name = "source_failures", .type = OptionType::integer, .maximum = 1'000'000},
          {.name = "source_failures_every", .type = OptionType::duration, .minimum = 100, .maximum = hour_ms},
          {.name = "subject_failures", .type = OptionType::integer, .maximum = 200},
          {.name = "known_good", .type = OptionType::duration, .maximum = 365 * 24 * hour_ms},
          {.name = "ipv4_prefix", .type = OptionType::integer, .minimum = 8, .maximum = 32},
          {.name = "ipv6_prefix", .type = OptionType::integer, .minimum = 16, .maximum = 128}};
}

std::vector<OptionSpec> log_keys() {
  return {{.name = "level", .type = OptionType::text, .choices = "debug|info|warning|error"},
          {.name = "audit", .type = OptionType::text, .choices = "off|refusals|all"},
          {.name = "sink", .type = OptionType::text},
          {.name = "unknown_users", .type = OptionType::text, .choices = "hash|plain"}};
}

std::vector<std::string> backend_key_names() {
  std::vector<std::string> names{"plugin"};
  for (OptionSpec& spec : backend_keys()) names.push_back(std::move(spec.name));
  return names;
}

void apply_backend_keys(const RawTable& raw, const Location& owner, BackendDefinition& backend, Problems& problems) {
  const OptionValues values = check_options(backend_keys(), raw, owner, {}, problems);
  backend.on_unavailable = values.text("on_unavailable") == "next" ? OnUnavailable::next : OnUnavailable::end;
  backend.subject_prefix = values.text("subject_prefix");
  backend.workers = static_cast<std::uint32_t>(values.integer("workers"));
  backend.queue = static_cast<std::uint32_t>(values.integer("queue"));
  backend.timeout = values.duration("timeout");
  backend.isolate = values.flag("isolate");
  backend.plugin_host = values.text("plugin_host");
  if (!backend.plugin_host.empty() && !backend.isolate) {
    problems.add(where_is(raw, "plugin_host", owner), "is of no use without isolate = true");
  }
  if (!backend.plugin_host.empty() && backend.plugin_host[0] != '/') {
    problems.add(where_is(raw, "plugin_host", owner), "is not an absolute path");
  }
  if (backend.subject_prefix.size() > longest_prefix) {
    problems.add(where_is(raw, "subject_prefix", owner), "is longer than 64 bytes");
  }
}

void apply_realm_keys(const RawTable& raw, const Location& owner, RealmDefinition& realm, Problems& problems) {
  const OptionValues values = check_options(realm_keys(), raw, owner, {}, problems);
  realm.chain = values.list("chain");
  realm.subjects = values.given("subjects") ? Subjects::shared : Subjects::unsaid;
  realm.timeout = values.duration("timeout");
  realm.display_name = values.text("display_name").empty() ? realm.name : values.text("display_name");
  if (const auto fault = display_name_fault(realm.display_name); !fault.empty()) {
    problems.add(where_is(raw, "display_name", owner), fault);
  }
}

CacheSettings read_cache(const RawTable& raw, const Location& owner, Problems& problems) {
  const OptionValues values = check_options(cache_keys(), raw, owner, {}, problems);
  CacheSettings cache;
  if (values.given("ttl")) cache.ttl = values.duration("ttl");
  cache.entries_given = values.given("entries");
  if (cache.entries_given) cache.entries = static_cast<std::size_t>(values.integer("entries"));
  if (values.given("jitter")) cache.jitter = values.duration("jitter");
  if (values.given("negative_ttl")) cache.negative_ttl = values.duration("negative_ttl");
  cache.stale_if_unavailable = values.duration("stale_if_unavailable");
  if (cache.jitter && *cache.jitter > cache.ttl) problems.add(where_is(raw, "jitter", owner), "is longer than the ttl");
  return cache;
}

ThrottleSettings read_throttle(const RawTable& raw, const Location& owner, Problems& problems) {
  const OptionValues values = check_options(throttle_keys(), raw, owner, {}, problems);
  ThrottleSettings throttle;
  const auto number = [&](const char* key, auto& to) {
    if (values.given(key)) to = static_cast<std::remove_reference_t<decltype(to)>>(values.integer(key));
  };
  const auto duration = [&](const char* key, std::chrono::milliseconds& to) {
    if (values.given(key)) to = values.duration(key);
  };
  number("failures", throttle.failures);
  duration("failures_every", throttle.failures_every);
  number("source_failures", throttle.source_failures);
  duration("source_failures_every", throttle.source_failures_every);
  number("subject_failures", throttle.subject_failures);
  duration("known_good", throttle.known_good);
  number("ipv4_prefix", throttle.ipv4_prefix);
  number("ipv6_prefix", throttle.ipv6_prefix);
  return throttle;
}

LogSettings read_log(const RawTable& raw, const Location& owner, Problems& problems) {
  const OptionValues values = check_options(log_keys(), raw, owner, {}, problems);
  LogSettings log;
  log.level_given = values.given("level");
  const std::string& level = values.text("level");
  if (level == "debug") log.level = LogLevel::debug;
  if (level == "warning") log.level = LogLevel::warning;
  if (level == "error") log.level = LogLevel::error;
  AuditSettings& audit = log.audit;
  audit.given = values.given("audit") || values.given("sink");
  if (values.text("audit") == "off") audit.mode = AuditMode::off;
  if (values.text("audit") == "all") audit.mode = AuditMode::all;
  if (values.text("unknown_users") == "plain") audit.unknown_users = UnknownUsers::plain;
  if (values.given("sink")) audit.sink = values.text("sink");
  if (audit.sink != "log" && audit.sink != "syslog" && !audit.sink.starts_with('/')) {
    problems.add(where_is(raw, "sink", owner), "is neither \"log\", nor \"syslog\", nor the absolute path of a file");
  }
  return log;
}

}  // namespace gatehouse::config
