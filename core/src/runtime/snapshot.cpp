// SPDX-License-Identifier: Apache-2.0
#include "runtime/snapshot.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "boundary/str.hpp"
#include "config/engine_keys.hpp"
#include "config/file_safety.hpp"
#include "isolation/isolated_plugin.hpp"
#include "loading/plugin.hpp"
#include "loading/plugin_folders.hpp"

namespace gatehouse::detail {
namespace {

/// Slots for calls beyond the workers: inline mode has no workers but may have many callers.
constexpr std::size_t inline_calls = 256;

Digest definition_of(const config::BackendDefinition& written, const Plugin& plugin, const BackendSettings& settings,
                     const OptionValues& options) {
  PartsDigest digest;
  digest.add(plugin.path).add(plugin.id).add(plugin.version).add(written.name).add(settings.subject_prefix);
  digest.add(static_cast<std::uint64_t>(settings.on_unavailable)).add(settings.workers).add(settings.queue);
  digest.add(static_cast<std::uint64_t>(settings.timeout.count()));
  digest.add(static_cast<std::uint64_t>(written.isolate)).add(written.plugin_host);
  for (const OptionValue& value : options.values()) {
    digest.add(static_cast<std::uint64_t>(value.present)).add(static_cast<std::uint64_t>(value.number)).add(value.text);
    digest.add(value.list.size());
    for (const std::string& item : value.list) digest.add(item);
  }
  return digest.finish();
}

/// Adds what a plugin read from its URI; a name that comes again becomes a list.
void put(config::RawTable& raw, std::string_view name, std::string_view text, const config::Location& owner) {
  const auto same = [&](const auto& entry) { return entry.first == name; };
  const auto known = std::find_if(raw.begin(), raw.end(), same);
  if (known == raw.end()) {
    config::Location at = owner;
    at.key += (at.key.empty() ? "" : ".") + std::string(name);
    raw.emplace_back(std::string(name), config::RawValue{std::string(text), at, true});
  } else if (auto* list = std::get_if<std::vector<std::string>>(&known->second.value)) {
    list->emplace_back(text);
  } else {
    known->second.value = std::vector{std::get<std::string>(known->second.value), std::string(text)};
  }
}

/// The options of a backend that was given as a URI, when its plugin reads URIs itself.
void parse_uri(config::BackendDefinition& written, const Plugin& plugin, config::Problems& problems) {
  struct Context {
    config::BackendDefinition& written;
    config::Problems& problems;
    config::RawTable options;
    bool failed = false;
    bool out_of_memory = false;
  } context{written, problems, {}};
  const auto emit = [](void* to, gatehouse_str option, gatehouse_str value) noexcept {
    auto& c = *static_cast<Context*>(to);
    try {
      put(c.options, view(option), view(value), c.written.where);
    } catch (...) {
      c.out_of_memory = true;
    }
  };
  const auto error = [](void* to, gatehouse_str message) noexcept {
    auto& c = *static_cast<Context*>(to);
    try {
      c.problems.add(c.written.where, log_safe(view(message)));
      c.failed = true;
    } catch (...) {
      c.out_of_memory = true;
    }
  };
  try {
    if (plugin.read_uri(as_str(written.uri), &context, emit, error) != 1 && !context.failed) {
      problems.add(written.where, "plugin \"" + plugin.id + "\" cannot read this URI and did not say why");
    }
  } catch (...) {
    problems.add(written.where, "plugin \"" + plugin.id + "\" threw an exception while it read this URI");
  }
  if (context.out_of_memory) problems.add(written.where, "memory ran out while this URI was read");
  // What is the engine's stays the engine's, however a URI is written.
  const auto engine_names = config::backend_key_names();
  const auto is_engine_key = [&](const auto& entry) {
    return entry.first != "plugin" &&
           std::find(engine_names.begin(), engine_names.end(), entry.first) != engine_names.end();
  };
  const auto engine = std::stable_partition(context.options.begin(), context.options.end(),
                                            [&](const auto& entry) { return !is_engine_key(entry); });
  if (engine != context.options.end()) {
    config::apply_backend_keys({engine, context.options.end()}, written.where, written, problems);
    context.options.erase(engine, context.options.end());
  }
  written.options = std::move(context.options);
}

class Builder {
 public:
  Builder(const std::shared_ptr<Engine>& engine, const config::Catalogue& catalogue, BackendRegistry& registry,
          const config::LogSettings& log)
      : engine_(engine),
        catalogue_(catalogue),
        registry_(registry),
        log_level_(log.level_given ? log.level : engine->options.log_level) {}

  void add(config::BackendDefinition& written, const std::string& directory) {
    std::optional<isolation::IsolatedPlugin> isolated;
    auto plugin = open(written, isolated);
    if (!plugin) return;
    if (!written.uri.empty() && plugin->read_uri != nullptr) {
      parse_uri(written, *plugin, problems);
    } else {
      name_uri_body(written, *plugin);
    }
    if (written.isolate && !isolated) {
      problems.add(written.where, "isolate cannot stand in this URI; write a configuration file");
      return;
    }
    const std::size_t before = problems.size();
    const OptionValues options = config::check_options(plugin->options, written.options, written.where, directory,
                                                       problems, config::backend_key_names());
    if (problems.size() != before) return;
    BackendSettings settings = choose_settings(written, *plugin);
    for (const OptionValue& value : options.values()) {
      if (value.type == OptionType::path && value.present) settings.files.push_back(value.text);
    }
    warn_of_strangers(settings);
    const Digest definition = definition_of(written, *plugin, settings, options);
    if (auto living = registry_.find(definition)) {
      made[written.name] = std::move(living);
      return;
    }
    if (isolated) plugin = isolated->with(settings.workers);
    const std::size_t calls = std::max(settings.workers + 1, engine_->inline_calls() ? inline_calls : 0);
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(engine_->clock.steady().time_since_epoch());
    auto epochs =
        std::make_shared<Epochs>(engine_->memory->region, definition, static_cast<std::uint64_t>(now.count()));
    auto instance = Instance::create(plugin, written.name, options, written.where, calls, engine_->clock, engine_->log,
                                     problems, std::move(epochs));
    if (!instance) return;
    const auto retire = [engine = engine_](Backend* backend) { engine->retire(std::unique_ptr<Backend>(backend)); };
    auto backend = std::make_unique<Backend>(std::move(instance), std::move(settings), definition, engine_);
    engine_->made();
    made[written.name] = std::shared_ptr<Backend>(backend.release(), retire);
  }

  std::map<std::string, std::shared_ptr<Backend>> made;
  config::Problems problems;

 private:
  std::shared_ptr<const Plugin> open(const config::BackendDefinition& written,
                                     std::optional<isolation::IsolatedPlugin>& isolated) {
    std::string path = written.plugin;
    std::string expected_id;
    if (path.empty() || path[0] != '/') {
      auto manifest = catalogue_.find(written.plugin);
      if (!manifest) {
        config::Location at = written.where;
        if (written.uri.empty()) at.key += ".plugin";
        problems.add(at, manifest.error().message);
        return nullptr;
      }
      path = manifest->library;
      expected_id = manifest->id;
    }
    if (written.isolate) return isolate(written, path, expected_id, isolated);
    auto plugin = load_plugin(path, expected_id);
    if (plugin) return *plugin;
    problems.add(written.where, plugin.error().message);
    return nullptr;
  }

  std::shared_ptr<const Plugin> isolate(const config::BackendDefinition& written, const std::string& path,
                                        const std::string& expected_id,
                                        std::optional<isolation::IsolatedPlugin>& isolated) {
    auto loaded = isolation::IsolatedPlugin::load(
        {.program = written.plugin_host.empty() ? plugin_host_program() : written.plugin_host,
         .library = path,
         .expected_id = expected_id,
         .name = written.name,
         .log_level = static_cast<std::uint32_t>(log_level_),
         .threads = !engine_->inline_calls()});
    if (!loaded) {
      problems.add(written.where, loaded.error().message);
      return nullptr;
    }
    isolated = *std::move(loaded);
    return isolated->plugin();
  }

  /// Who may change what a backend goes by decides who gets in. What is missing is the plugin's to say.
  void warn_of_strangers(const BackendSettings& settings) const {
    for (const std::string& file : settings.files) {
      if (::access(file.c_str(), F_OK) != 0) continue;
      if (const auto trusted = config::check_trusted_path(file); !trusted) {
        engine_->log.add(LogLevel::warning, "backend " + settings.name + ": " + trusted.error().message);
      }
    }
  }

  /// The reader leaves the body of a URI under an empty name: only the plugin knows which option it gives.
  void name_uri_body(config::BackendDefinition& written, const Plugin& plugin) {
    const auto body = std::find_if(written.options.begin(), written.options.end(),
                                   [](const auto& option) { return option.first.empty(); });
    if (body == written.options.end()) return;
    if (plugin.uri_option.empty()) {
      problems.add(written.where, "plugin \"" + plugin.id + "\" has no URI form; write a configuration file");
      written.options.erase(body);
      return;
    }
    body->first = plugin.uri_option;
  }

  const std::shared_ptr<Engine>& engine_;
  const config::Catalogue& catalogue_;
  BackendRegistry& registry_;
  const LogLevel log_level_;
};

}  // namespace

std::shared_ptr<Backend> BackendRegistry::find(const Digest& definition) const {
  const std::lock_guard lock(mutex_);
  const auto found = backends_.find(definition);
  return found == backends_.end() ? nullptr : found->second.lock();
}

void BackendRegistry::add(const std::shared_ptr<Backend>& backend) {
  const std::lock_guard lock(mutex_);
  std::erase_if(backends_, [](const auto& entry) { return entry.second.expired(); });
  backends_[backend->definition] = backend;
}

std::vector<std::shared_ptr<Backend>> BackendRegistry::living() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Backend>> all;
  for (const auto& [definition, weak] : backends_) {
    if (auto backend = weak.lock()) all.push_back(std::move(backend));
  }
  return all;
}

Result<std::shared_ptr<Snapshot>> build_snapshot(const std::shared_ptr<Engine>& engine,
                                                 const config::Catalogue& catalogue, config::Document document,
                                                 BackendRegistry& registry, std::uint64_t id,
                                                 const std::shared_ptr<Audit>& audit) {
  Builder builder(engine, catalogue, registry, document.log);
  for (config::BackendDefinition& written : document.backends) builder.add(written, document.directory);
  if (!builder.problems.empty()) return builder.problems.to_error();
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->id = id;
  for (const config::RealmDefinition& realm : document.realms) {
    std::vector<std::shared_ptr<Backend>> chain;
    for (const std::string& name : realm.chain) chain.push_back(builder.made.at(name));
    snapshot->realms.push_back(std::make_shared<RealmState>(engine, realm, std::move(chain), document.cache,
                                                            document.throttle,
                                                            RealmAudit(audit, document.log.audit, realm.name, id)));
  }
  snapshot->sections = std::move(document.sections);
  if (document.log.level_given) snapshot->log_level = document.log.level;
  if (audit && document.log.audit.sink.starts_with('/')) snapshot->audit_file = document.log.audit.sink;
  return snapshot;
}

}  // namespace gatehouse::detail
