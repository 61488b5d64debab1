// SPDX-License-Identifier: Apache-2.0
// gatehouse.h over runtime.hpp: every function copies in, calls, and keeps exceptions inside.
#include <gatehouse/gatehouse.h>
#include <gatehouse/runtime.hpp>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "boundary/str.hpp"

using gatehouse::detail::as_str;
using gatehouse::detail::view;

struct gatehouse_runtime {
  gatehouse::Runtime runtime;
};
struct gatehouse_config {
  gatehouse::Config config;
};
struct gatehouse_realm {
  gatehouse::Realm realm;
};
/// Answers are shared and immutable.
struct gatehouse_decision {
  gatehouse::Decision decision;
};

namespace {

void set_error(char** error, std::string_view text) noexcept {
  if (error == nullptr) return;
  *error = static_cast<char*>(std::malloc(text.size() + 1));
  if (*error == nullptr) return;
  std::memcpy(*error, text.data(), text.size());
  (*error)[text.size()] = '\0';
}

/// Runs what may throw; on an exception sets the error and gives the null value.
template <typename Body>
auto guarded(char** error, Body&& body) noexcept -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& e) {
    set_error(error, e.what());
  } catch (...) {
    set_error(error, "an unknown exception");
  }
  return {};
}

std::vector<std::string> strings(const gatehouse_str* list, size_t count) {
  std::vector<std::string> all;
  for (size_t i = 0; list != nullptr && i < count; ++i) all.emplace_back(view(list[i]));
  return all;
}

/// A C request as the engine's: borrows everything.
struct Borrowed {
  explicit Borrowed(const gatehouse_request& from) {
    request.credential = static_cast<gatehouse::CredentialKind>(from.credential);
    request.user = view(from.user);
    request.password = view(from.password);
    request.token = view(from.token);
    request.state = view(from.state);
    for (size_t i = 0; from.responses != nullptr && i < from.response_count && i < few; ++i) {
      responses[i] = view(from.responses[i]);
      request.responses = {responses, i + 1};
    }
    for (size_t i = 0; from.attributes != nullptr && i < from.attribute_count && i < few; ++i) {
      attributes[i] = {view(from.attributes[i].name), view(from.attributes[i].value)};
      request.attributes = {attributes, i + 1};
    }
  }
  static constexpr size_t few = 32;
  std::string_view responses[few];
  gatehouse::Attribute attributes[few];
  gatehouse::Request request;
};

bool is_request(const gatehouse_request* request) noexcept {
  return request != nullptr && request->struct_size == sizeof(gatehouse_request) &&
         request->response_count <= Borrowed::few && request->attribute_count <= Borrowed::few;
}

gatehouse_decision* hold(gatehouse::Decision decision) noexcept {
  return new (std::nothrow)
      gatehouse_decision{std::move(decision)};  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

gatehouse_code give(gatehouse::Decision decision, gatehouse_decision** out) noexcept {
  const auto code = static_cast<gatehouse_code>(decision.code());
  if (out == nullptr) return code;
  *out = hold(std::move(decision));
  return *out == nullptr ? GATEHOUSE_DECISION_UNAVAILABLE : code;
}

const gatehouse::Answer& answer_of(const gatehouse_decision* decision) noexcept {
  static const gatehouse::Decision none(nullptr);
  return decision == nullptr ? none.answer() : decision->decision.answer();
}

}  // namespace

extern "C" {

void gatehouse_free(char* text) {
  std::free(text);
}
const char* gatehouse_version(void) {
  return GATEHOUSE_VERSION;
}

size_t gatehouse_region_size_min(void) {
  return gatehouse::minimum_region_size();
}
size_t gatehouse_region_size_for(size_t logins) {
  return gatehouse::region_size_for(logins);
}

gatehouse_runtime* gatehouse_runtime_open(const gatehouse_runtime_options* options, char** error) {
  return guarded(error, [&]() -> gatehouse_runtime* {
    gatehouse::RuntimeOptions given;
    if (options != nullptr) {
      constexpr size_t first_size = offsetof(gatehouse_runtime_options, region_memory);  // of the first header
      constexpr size_t second_size = offsetof(gatehouse_runtime_options, audit_log);
      const size_t size = options->struct_size;
      const bool known_size = size == first_size || size == second_size || size == sizeof(gatehouse_runtime_options);
      if (!known_size || options->mode > GATEHOUSE_MODE_INLINE) {
        set_error(error, "gatehouse_runtime_options: unknown size or mode");
        return nullptr;
      }
      if (options->mode == GATEHOUSE_MODE_INLINE) given.mode = gatehouse::RuntimeOptions::Mode::inline_calls;
      given.plugin_dirs = strings(options->plugin_dirs, options->plugin_dir_count);
      given.log_level = static_cast<gatehouse::LogLevel>(options->log_level);
      if (size > second_size && options->audit_log != nullptr) {
        given.audit_log = [log = options->audit_log, context = options->log_context](std::string_view line) {
          log(context, as_str(line));
        };
      }
      if (size > first_size) {
        given.region_memory = options->region_memory;
        given.region_size = options->region_size;
      }
      if (options->log != nullptr) {
        given.log = [log = options->log, context = options->log_context](gatehouse::LogLevel level,
                                                                         std::string_view line) {
          log(context, static_cast<gatehouse_log_level>(level), as_str(line));
        };
      }
    }
    auto opened = gatehouse::Runtime::open(std::move(given));
    if (opened) return new gatehouse_runtime{*std::move(opened)};
    set_error(error, opened.error().message);
    return nullptr;
  });
}

int gatehouse_runtime_start(gatehouse_runtime* runtime, char** error) {
  return guarded(error, [&] {
    const auto started = runtime->runtime.start();
    if (!started) set_error(error, started.error().message);
    return started ? 1 : 0;
  });
}

int gatehouse_runtime_fd(const gatehouse_runtime* runtime) {
  return runtime == nullptr ? -1 : runtime->runtime.fd();
}

void gatehouse_runtime_dispatch(gatehouse_runtime* runtime) {
  guarded(nullptr, [&] {
    runtime->runtime.dispatch();
    return 0;
  });
}

void gatehouse_runtime_stop(gatehouse_runtime* runtime) {
  if (runtime != nullptr) runtime->runtime.stop();
}

void gatehouse_cache_flush(gatehouse_runtime* runtime) {
  if (runtime != nullptr) runtime->runtime.flush_cache();
}

void gatehouse_logs_reopen(gatehouse_runtime* runtime) {
  if (runtime != nullptr) runtime->runtime.reopen_logs();
}

void gatehouse_throttle_clear(gatehouse_runtime* runtime, gatehouse_str subject) {
  if (runtime == nullptr) return;
  guarded(nullptr, [&] {
    runtime->runtime.clear_throttle(view(subject));
    return 0;
  });
}

void gatehouse_runtime_close(gatehouse_runtime* runtime) {
  delete runtime;
}

gatehouse_config* gatehouse_config_load(gatehouse_runtime* runtime, const gatehouse_config_options* options,
                                        char** error) {
  return guarded(error, [&]() -> gatehouse_config* {
    if (options == nullptr || options->struct_size != sizeof(gatehouse_config_options) ||
        options->flags > GATEHOUSE_CONFIG_REFUSE_HTTP) {
      set_error(error, "gatehouse_config_options: unknown size or flags");
      return nullptr;
    }
    gatehouse::ConfigSource source;
    source.file = view(options->file);
    source.backends = strings(options->backends, options->backend_count);
    source.display_name = view(options->display_name);
    source.ignored_sections = {"proxy", "auth_socket"};
    if ((options->flags & GATEHOUSE_CONFIG_REFUSE_HTTP) == 0) source.ignored_sections.emplace_back("http");
    auto loaded = runtime->runtime.load(source);
    if (loaded) return new gatehouse_config{*std::move(loaded)};
    set_error(error, loaded.error().message);
    return nullptr;
  });
}

void gatehouse_config_release(gatehouse_config* config) {
  delete config;
}

gatehouse_str gatehouse_config_audit_file(const gatehouse_config* config) {
  return config == nullptr ? gatehouse_str{nullptr, 0} : as_str(config->config.audit_file());
}

gatehouse_realm* gatehouse_config_realm(const gatehouse_config* config, gatehouse_str name, char** error) {
  return guarded(error, [&]() -> gatehouse_realm* {
    auto realm = config->config.realm(view(name));
    if (realm) return new gatehouse_realm{*std::move(realm)};
    set_error(error, realm.error().message);
    return nullptr;
  });
}

gatehouse_str gatehouse_realm_name(const gatehouse_realm* realm) {
  return as_str(realm->realm.name());
}
gatehouse_str gatehouse_realm_display_name(const gatehouse_realm* realm) {
  return as_str(realm->realm.display_name());
}
uint32_t gatehouse_realm_credentials(const gatehouse_realm* realm) {
  return realm->realm.credentials();
}
size_t gatehouse_realm_file_count(const gatehouse_realm* realm) {
  return guarded(nullptr, [&] { return realm->realm.files().size(); });
}
gatehouse_str gatehouse_realm_file(const gatehouse_realm* realm, size_t index) {
  return guarded(nullptr, [&]() -> gatehouse_str {
    const auto files = realm->realm.files();
    return index < files.size() ? as_str(files[index]) : gatehouse_str{nullptr, 0};
  });
}
void gatehouse_realm_release(gatehouse_realm* realm) {
  delete realm;
}

void gatehouse_note_refusal(const gatehouse_realm* realm, const gatehouse_request* request, gatehouse_code code,
                            gatehouse_reason reason, gatehouse_str subject, gatehouse_str detail) {
  if (realm == nullptr || !is_request(request)) return;
  const Borrowed borrowed(*request);
  realm->realm.note_refusal(borrowed.request, static_cast<gatehouse::DecisionCode>(code),
                            static_cast<gatehouse::Reason>(reason), view(subject), view(detail));
}

gatehouse_code gatehouse_try_decide(const gatehouse_realm* realm, const gatehouse_request* request,
                                    gatehouse_decision** decision) {
  if (decision != nullptr) *decision = nullptr;
  if (realm == nullptr || !is_request(request)) return GATEHOUSE_DECISION_UNAVAILABLE;
  const Borrowed borrowed(*request);
  auto decided = realm->realm.try_decide(borrowed.request);
  return decided ? give(*std::move(decided), decision) : GATEHOUSE_PENDING;
}

gatehouse_code gatehouse_decide(const gatehouse_realm* realm, const gatehouse_request* request, uint32_t timeout_ms,
                                gatehouse_decision** decision) {
  if (decision != nullptr) *decision = nullptr;
  if (realm == nullptr || !is_request(request)) return GATEHOUSE_DECISION_UNAVAILABLE;
  const Borrowed borrowed(*request);
  return give(realm->realm.decide(borrowed.request, std::chrono::milliseconds(timeout_ms)), decision);
}

uint64_t gatehouse_decide_async(const gatehouse_realm* realm, const gatehouse_request* request, uint32_t timeout_ms,
                                gatehouse_done done, void* context) {
  if (realm == nullptr || !is_request(request) || done == nullptr) return 0;
  return guarded(nullptr, [&] {
    const Borrowed borrowed(*request);
    const auto call = [done, context](gatehouse::Decision decision) {
      const gatehouse_decision held{std::move(decision)};
      done(context, &held);
    };
    return static_cast<uint64_t>(
        realm->realm.decide_async(borrowed.request, call, std::chrono::milliseconds(timeout_ms)));
  });
}

void gatehouse_cancel(gatehouse_runtime* runtime, uint64_t ticket) {
  if (runtime != nullptr) runtime->runtime.cancel(static_cast<gatehouse::Ticket>(ticket));
}

gatehouse_decision* gatehouse_decision_retain(const gatehouse_decision* decision) {
  return decision == nullptr ? nullptr : hold(decision->decision);
}

void gatehouse_decision_release(gatehouse_decision* decision) {
  delete decision;
}

gatehouse_code gatehouse_decision_code(const gatehouse_decision* decision) {
  return static_cast<gatehouse_code>(answer_of(decision).code);
}

gatehouse_reason gatehouse_decision_reason(const gatehouse_decision* decision) {
  return static_cast<gatehouse_reason>(answer_of(decision).reason);
}

gatehouse_str gatehouse_decision_subject(const gatehouse_decision* decision) {
  return as_str(answer_of(decision).identity.subject);
}

gatehouse_str gatehouse_decision_claimed(const gatehouse_decision* decision) {
  const gatehouse::Answer& answer = answer_of(decision);
  return as_str(answer.identity.subject.empty() ? answer.claimed_subject : answer.identity.subject);
}
gatehouse_str gatehouse_decision_backend(const gatehouse_decision* decision) {
  return as_str(answer_of(decision).identity.backend);
}

size_t gatehouse_decision_group_count(const gatehouse_decision* decision) {
  return answer_of(decision).identity.groups.size();
}

gatehouse_str gatehouse_decision_group(const gatehouse_decision* decision, size_t index) {
  const auto& groups = answer_of(decision).identity.groups;
  return index < groups.size() ? as_str(groups[index]) : gatehouse_str{nullptr, 0};
}

size_t gatehouse_decision_attribute_count(const gatehouse_decision* decision) {
  return answer_of(decision).identity.attributes.size();
}

gatehouse_pair gatehouse_decision_attribute(const gatehouse_decision* decision, size_t index) {
  const auto& attributes = answer_of(decision).identity.attributes;
  if (index >= attributes.size()) return {{nullptr, 0}, {nullptr, 0}};
  return {as_str(attributes[index].first), as_str(attributes[index].second)};
}

int64_t gatehouse_decision_expiry_ms(const gatehouse_decision* decision) {
  const auto& expiry = answer_of(decision).identity.expiry;
  return expiry ? expiry->time_since_epoch().count() : 0;
}

uint32_t gatehouse_decision_retry_after(const gatehouse_decision* decision) {
  return static_cast<uint32_t>(answer_of(decision).retry_after.count());
}

gatehouse_str gatehouse_decision_detail(const gatehouse_decision* decision) {
  return as_str(answer_of(decision).detail);
}

size_t gatehouse_decision_challenge_count(const gatehouse_decision* decision) {
  return answer_of(decision).challenges.size();
}

int gatehouse_decision_challenge_head(const gatehouse_decision* decision, size_t index,
                                      gatehouse_challenge_head* challenge) {
  const auto& challenges = answer_of(decision).challenges;
  if (index >= challenges.size() || challenge == nullptr) return 0;
  const gatehouse::Challenge& from = challenges[index];
  challenge->kind = static_cast<uint32_t>(from.kind);
  challenge->scheme = as_str(from.scheme);
  challenge->state = as_str(from.state);
  challenge->parameter_count = from.parameters.size();
  return 1;
}

gatehouse_pair gatehouse_decision_challenge_parameter(const gatehouse_decision* decision, size_t index,
                                                      size_t parameter) {
  const auto& challenges = answer_of(decision).challenges;
  if (index >= challenges.size() || parameter >= challenges[index].parameters.size())
    return {{nullptr, 0}, {nullptr, 0}};
  const auto& pair = challenges[index].parameters[parameter];
  return {as_str(pair.first), as_str(pair.second)};
}

const char* gatehouse_code_name(gatehouse_code code) {
  if (code == GATEHOUSE_PENDING) return "pending";
  return gatehouse::to_string(static_cast<gatehouse::DecisionCode>(code)).data();
}

const char* gatehouse_reason_name(gatehouse_reason reason) {
  return gatehouse::to_string(static_cast<gatehouse::Reason>(reason)).data();
}

}  // extern "C"
