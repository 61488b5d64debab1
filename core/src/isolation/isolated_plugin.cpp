// SPDX-License-Identifier: Apache-2.0
#include "isolation/isolated_plugin.hpp"

#include <utility>

#include "boundary/str.hpp"
#include "config/file_safety.hpp"
#include "isolation/shape.hpp"

namespace gatehouse::detail::isolation {
namespace {

Remote& remote(void* instance) {
  return *static_cast<Remote*>(instance);
}

int32_t start(void* instance) {
  return remote(instance).start() ? 1 : 0;
}

gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  return remote(instance).authenticate(*request, call);
}

void stop(void* instance) {
  remote(instance).stop();
}

void destroy(void* instance) {
  const std::unique_ptr<Remote> ends(&remote(instance));
}

uint32_t taken_by(const void* instance) {
  return static_cast<const Remote*>(instance)->credentials();
}

void list_costs(void* instance, void* context, void (*add)(void*, gatehouse_str, uint32_t)) {
  remote(instance).list_costs(context, add);
}

constexpr gatehouse_credentials credentials = {&taken_by};
constexpr gatehouse_budget budget = {&list_costs};

/// What an instance is asked through. Instances are made by Plugin::create.
const gatehouse_plugin& functions() noexcept {
  static const gatehouse_plugin all = [] {
    gatehouse_plugin made{};
    made.start = &start;
    made.authenticate = &authenticate;
    made.stop = &stop;
    made.destroy = &destroy;
    return made;
  }();
  return all;
}

/// Before there is an instance nothing is kept of what a helper says on the side.
bool not_heard(Kind kind, Reader) {
  return kind == Kind::log || kind == Kind::invalidate || kind == Kind::state;
}

Error with_path(const std::string& path, std::string_view text) {
  return Error{text.starts_with(path) ? std::string(text) : path + ": " + std::string(text)};
}

using Emit = void (*)(void*, gatehouse_str, gatehouse_str);
using Complain = void (*)(void*, gatehouse_str);

int32_t read_uri(Run& probe, gatehouse_str uri, void* context, Emit emit, Complain error) {
  auto replied = probe.order(Writer(Kind::read_uri).text(view(uri)).take(),
                             std::chrono::steady_clock::now() + launch_limit, &not_heard);
  constexpr std::size_t most = 1024;
  Pairs options;
  if (!replied) {
    error(context, as_str(replied.error().message));
    return 0;
  }
  for (const auto& [option, text] : replied->reply.problems) error(context, as_str(text));
  if (!replied->reply.ok || !decode(Reader(replied->reply.payload), options, most)) return 0;
  for (const auto& [option, value] : options) emit(context, as_str(option), as_str(value));
  return 1;
}

}  // namespace

IsolatedPlugin::IsolatedPlugin(RemoteSettings settings, std::shared_ptr<Run> probe, Plugin plugin, Bytes shape)
    : settings_(std::move(settings)),
      probe_(std::move(probe)),
      plugin_(std::make_shared<const Plugin>(std::move(plugin))),
      shape_(std::move(shape)) {}

Result<IsolatedPlugin> IsolatedPlugin::load(RemoteSettings settings) {
  const std::string& path = settings.library;
  if (auto trusted = config::check_trusted_path(settings.program); !trusted) return trusted.error();
  auto probe = Run::begin(settings.program, settings.name);
  if (!probe) return probe.error();
  const auto until = std::chrono::steady_clock::now() + launch_limit;
  auto replied = (*probe)->order(encode(Load{.path = path, .expected_id = settings.expected_id}), until, &not_heard);
  if (!replied) return with_path(path, "cannot be loaded: " + replied.error().message);
  const Reply& reply = replied->reply;
  if (!reply.ok) {
    return with_path(path, reply.problems.empty() ? "cannot be loaded" : reply.problems.front().second);
  }
  Description description;
  if (!decode(Reader(reply.payload), description)) return with_path(path, garbled_words);
  gatehouse_plugin said = description.plugin;
  said.create = [](gatehouse_host*, const gatehouse_host_api*, const gatehouse_option_value*, size_t) -> void* {
    return nullptr;
  };
  said.authenticate = &authenticate;
  said.destroy = &destroy;
  auto checked = read_description(said, path, settings.expected_id);
  if (!checked) return checked.error();
  Plugin plugin = *std::move(checked);
  plugin.description = &functions();
  plugin.credentials_of = &credentials;
  if (description.lists_costs) plugin.budget = &budget;
  if (description.reads_uris) {
    plugin.read_uri = [run = *probe](gatehouse_str uri, void* context, Emit emit, Complain error) {
      return read_uri(*run, uri, context, emit, error);
    };
  }
  return IsolatedPlugin(std::move(settings), *std::move(probe), std::move(plugin), shape_of(description));
}

std::shared_ptr<const Plugin> IsolatedPlugin::with(std::size_t workers) const {
  auto plugin = std::make_shared<Plugin>(*plugin_);
  plugin->read_uri = nullptr;
  RemoteSettings settings = settings_;
  settings.workers = static_cast<std::uint32_t>(workers);
  // The plugin lives as long as its instance; the helper that was asked about it does not.
  plugin->create = [settings, shape = shape_, probe = std::weak_ptr(probe_)](
                       gatehouse_host* host, const gatehouse_host_api* api, const gatehouse_option_value* values,
                       std::size_t count) -> void* {
    const auto run = probe.lock();
    if (!run) return nullptr;
    auto made = std::make_unique<Remote>(
        host, api, settings, shape, encode_create(settings.name, settings.workers, settings.log_level, values, count));
    const bool created = made->create(*run);
    run->end();
    return created ? made.release() : nullptr;
  };
  return plugin;
}

}  // namespace gatehouse::detail::isolation
