// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Turns a class and its description into the C description. Used by the macro of <gatehouse/plugin.hpp>.
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

#include <gatehouse/plugin/backend.hpp>

namespace gatehouse::plugin::detail {

[[nodiscard]] constexpr bool is_sound(const Description& d) {
  if (d.id.empty() || d.id.size() > 32 || d.id.front() < 'a' || d.id.front() > 'z' || d.version.empty()) return false;
  for (const char c : d.id) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  bool uri_option_found = d.uri_option.empty();
  for (const Option& option : d.options) {
    std::size_t same = 0;
    for (const Option& other : d.options) same += other.name == option.name ? 1U : 0U;
    if (option.name.empty() || same != 1) return false;
    uri_option_found = uri_option_found || option.name == d.uri_option;
  }
  return uri_option_found && d.credentials != Credential::none;
}

/// The C side of class B, described by D: tables filled at compile time, and functions that let no exception out.
template <class B, const Description& D>
class Entry {
  static_assert(std::is_base_of_v<Backend, B>, "derive the class from gatehouse::plugin::Backend");
  static_assert(std::is_constructible_v<B, Host, const Options&>, "the constructor takes (Host, const Options&)");
  static_assert(is_sound(D),
                "id [a-z][a-z0-9-]*, a version, credentials, distinct option names, uri_option among them");

  struct Instance {
    Instance(Host h, const Options& options) : host(h), backend(h, options) {}
    Host host;
    B backend;
  };

  static void config_error(Host host, std::string_view option, std::string_view message) noexcept {
    host.api().config_error(host.handle(), to_c(option), to_c(message));
  }

  /// Runs `work`; an exception becomes a config_error and false.
  template <class Work>
  static bool configured(Host host, Work work) noexcept {
    try {
      work();
      return true;
    } catch (const ConfigError& e) {
      config_error(host, e.option(), e.what());
    } catch (const std::exception& e) {
      config_error(host, {}, e.what());
    } catch (...) {
      config_error(host, {}, "the plugin failed");
    }
    return false;
  }

  /// Names the type only: an exception's text may hold a piece of what was parsed.
  static void log_escaped(Host host, const char* function, const char* type) noexcept {
    try {
      host.log(LogLevel::error, std::string("plugin fault: an exception escaped from ") + function + ": " + type);
    } catch (...) {
      host.log(LogLevel::error, "plugin fault: an exception escaped");
    }
  }

  /// Runs `work`; an exception becomes a log line and false.
  template <class Work>
  static bool contained(Host host, const char* function, Work work) noexcept {
    try {
      work();
      return true;
    } catch (const std::exception& e) {
      log_escaped(host, function, typeid(e).name());
    } catch (...) {
      log_escaped(host, function, "not a std::exception");
    }
    return false;
  }

  static void* create(gatehouse_host* host, const gatehouse_host_api* api, const gatehouse_option_value* values,
                      std::size_t count) noexcept {
    const Host h(host, api);
    std::unique_ptr<Instance> instance;
    configured(h, [&] {
      if (count != D.options.size()) throw std::logic_error("the host gives another number of options than described");
      instance = std::make_unique<Instance>(h, Options(D.options, {values, count}));
    });
    return instance.release();
  }

  static std::int32_t start(void* instance) noexcept {
    auto& self = *static_cast<Instance*>(instance);
    return configured(self.host, [&] { self.backend.start(); }) ? 1 : 0;
  }

  static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request,
                                        gatehouse_call* handle) noexcept {
    const auto& self = *static_cast<const Instance*>(instance);
    gatehouse_verdict code = GATEHOUSE_VERDICT_UNAVAILABLE;
    Call call(self.host, handle);
    if (!contained(self.host, "authenticate()", [&] {
          const Verdict verdict = self.backend.authenticate(Request(*request), call);
          answer(call, verdict);
          code = verdict.code();
        })) {
      self.host.api().set_reason(self.host.handle(), handle, GATEHOUSE_REASON_PLUGIN_FAULT);
      return GATEHOUSE_VERDICT_UNAVAILABLE;
    }
    return code;
  }

  static void answer(Call& call, const Verdict& verdict) noexcept {
    gatehouse_host* const host = call.host().handle();
    const gatehouse_host_api& api = call.host().api();
    api.set_reason(host, call.handle(), static_cast<gatehouse_reason>(verdict.reason()));
    if (!verdict.detail().empty()) api.set_detail(host, call.handle(), to_c(verdict.detail()));
    const Identity& identity = verdict.identity();
    if (!identity.subject.empty()) api.set_subject(host, call.handle(), to_c(identity.subject));
    for (const auto& group : identity.groups) api.add_group(host, call.handle(), to_c(group));
    for (const auto& [name, value] : identity.attributes) {
      api.add_attribute(host, call.handle(), to_c(name), to_c(value));
    }
    if (identity.expiry) api.set_expiry(host, call.handle(), identity.expiry->time_since_epoch().count());
  }

  static void stop(void* instance) noexcept {
    auto& self = *static_cast<Instance*>(instance);
    contained(self.host, "stop()", [&] { self.backend.stop(); });
  }

  static void destroy(void* instance) noexcept { std::unique_ptr<Instance>(static_cast<Instance*>(instance)).reset(); }

  static void run(void* instance) noexcept {
    auto& self = *static_cast<Instance*>(instance);
    contained(self.host, "background()", [&] { self.backend.background(); });
  }

  static std::uint32_t taken_by(const void* instance) noexcept {
    return static_cast<std::uint32_t>(static_cast<const Instance*>(instance)->backend.credentials());
  }

  static std::int32_t parse_uri(gatehouse_str uri, void* context, void (*emit)(void*, gatehouse_str, gatehouse_str),
                                void (*error)(void*, gatehouse_str)) noexcept {
    if constexpr (kHasUri) {
      try {
        UriOptions out(context, emit);
        B::parse_uri(from_c(uri), out);
        return 1;
      } catch (const std::exception& e) {
        error(context, to_c(e.what()));
      } catch (...) {
        error(context, to_c("not a URI of this plugin"));
      }
    }
    return 0;
  }

  static void list_budget(void* instance, void* context, void (*add)(void*, gatehouse_str, std::uint32_t)) noexcept {
    if constexpr (kHasBudget) {
      auto& self = *static_cast<Instance*>(instance);
      contained(self.host, "budget()", [&] {
        Budget out(context, add);
        self.backend.budget(out);
      });
    }
  }

  static constexpr bool kHasStart = !std::is_same_v<decltype(&B::start), void (Backend::*)()>;
  static constexpr bool kHasStop = !std::is_same_v<decltype(&B::stop), void (Backend::*)()>;
  static constexpr bool kHasBackground = !std::is_same_v<decltype(&B::background), void (Backend::*)()>;
  static constexpr bool kHasUri = requires(std::string_view uri, UriOptions& out) { B::parse_uri(uri, out); };
  static constexpr bool kHasCredentials =
      !std::is_same_v<decltype(&B::credentials), Credential (Backend::*)() const noexcept>;
  static constexpr bool kHasBudget = requires(B & backend, Budget& out) { backend.budget(out); };
  static constexpr gatehouse_background kBackground{&run};
  static constexpr gatehouse_budget kBudget{&list_budget};
  static constexpr gatehouse_uri kUri{&parse_uri};
  static constexpr gatehouse_credentials kCredentials{&taken_by};

  static const void* get_extension(gatehouse_str id) noexcept {
    if (kHasBackground && from_c(id) == GATEHOUSE_EXT_BACKGROUND) return &kBackground;
    if (kHasBudget && from_c(id) == GATEHOUSE_EXT_BUDGET) return &kBudget;
    if (kHasUri && from_c(id) == GATEHOUSE_EXT_URI) return &kUri;
    if (kHasCredentials && from_c(id) == GATEHOUSE_EXT_CREDENTIALS) return &kCredentials;
    if constexpr (requires(std::string_view name) { B::extension(name); }) return B::extension(from_c(id));
    return nullptr;
  }

  // One element more than there are, so that an empty table is no zero-sized array.
  static constexpr auto kOptions = [] {
    std::array<gatehouse_option, D.options.size() + 1> table{};
    std::size_t i = 0;
    for (const Option& option : D.options) {
      const auto flags =
          (option.required ? GATEHOUSE_OPTION_REQUIRED : 0U) | (option.secret ? GATEHOUSE_OPTION_SECRET : 0U);
      table[i++] = {sizeof(gatehouse_option),
                    static_cast<std::uint32_t>(option.type),
                    flags,
                    0,
                    to_c(option.name),
                    to_c(option.default_value),
                    to_c(option.choices),
                    to_c(option.help),
                    option.minimum,
                    option.maximum};
    }
    return table;
  }();
  static constexpr auto kAttributes = [] {
    std::array<gatehouse_str, D.attributes.size() + 1> table{};
    std::size_t i = 0;
    for (const std::string_view name : D.attributes) table[i++] = to_c(name);
    return table;
  }();

 public:
  static constexpr gatehouse_plugin kPlugin{GATEHOUSE_ABI_MAJOR,
                                            GATEHOUSE_ABI_MINOR,
                                            sizeof(gatehouse_plugin),
                                            static_cast<std::uint32_t>(D.credentials),
                                            static_cast<std::uint32_t>(D.traits),
                                            0,
                                            to_c(D.id),
                                            to_c(D.version),
                                            to_c(D.summary),
                                            to_c(D.uri_option),
                                            kOptions.data(),
                                            D.options.size(),
                                            kAttributes.data(),
                                            D.attributes.size(),
                                            &create,
                                            kHasStart ? &start : nullptr,
                                            &authenticate,
                                            kHasStop ? &stop : nullptr,
                                            &destroy,
                                            &get_extension};
};

}  // namespace gatehouse::plugin::detail
