// SPDX-License-Identifier: Apache-2.0
#include "boundary/instance.hpp"

#include "boundary/host_functions.hpp"
#include "boundary/str.hpp"

namespace gatehouse::detail {
namespace {

/// The values as the boundary says them. Borrows from `options`.
struct CrossingValues {
  explicit CrossingValues(const OptionValues& options) {
    const std::size_t count = options.values().size();
    values.resize(count);
    lists.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const OptionValue& from = options.values()[i];
      gatehouse_option_value& to = values[i];
      to.type = static_cast<std::uint32_t>(from.type);
      to.present = from.present ? 1 : 0;
      to.number = from.number;
      to.text = as_str(from.text);
      for (const std::string& item : from.list) lists[i].push_back(as_str(item));
      to.list = lists[i].data();
      to.list_size = lists[i].size();
    }
  }
  std::vector<gatehouse_option_value> values;
  std::vector<std::vector<gatehouse_str>> lists;
};

/// A request as the boundary says it: only the attributes that the plugin declares. Borrows from `from`.
struct CrossingRequest {
  CrossingRequest(const Request& from, std::string_view realm, const Plugin& plugin) {
    for (const Attribute& attribute : from.attributes) {
      for (const std::string& declared : plugin.attributes) {
        if (declared == attribute.name) attributes.push_back({as_str(attribute.name), as_str(attribute.value)});
      }
    }
    for (const std::string_view response : from.responses) responses.push_back(as_str(response));
    request.struct_size = sizeof(gatehouse_request);
    request.credential = static_cast<std::uint32_t>(from.credential);
    request.realm = as_str(realm);
    request.user = as_str(from.user);
    request.password = as_str(from.password);
    request.token = as_str(from.token);
    request.state = as_str(from.state);
    request.responses = responses.data();
    request.response_count = responses.size();
    request.attributes = attributes.data();
    request.attribute_count = attributes.size();
  }
  std::vector<gatehouse_pair> attributes;
  std::vector<gatehouse_str> responses;
  gatehouse_request request{};
};

Reason usual_reason(VerdictCode verdict) noexcept {
  switch (verdict) {
    case VerdictCode::denied:
      return Reason::bad_credential;
    case VerdictCode::not_mine:
      return Reason::unknown_user;
    case VerdictCode::forbidden:
      return Reason::insufficient;
    case VerdictCode::unavailable:
      return Reason::backend_error;
    case VerdictCode::challenge:
    case VerdictCode::granted:
      break;
  }
  return Reason::none;
}

}  // namespace

Instance::Instance(std::shared_ptr<const Plugin> plugin, std::string name, std::size_t calls, Clock& clock,
                   LogQueue& log, std::shared_ptr<Epochs> epochs)
    : plugin_(std::move(plugin)),
      name_(std::move(name)),
      credentials_(plugin_->credentials),
      clock_(clock),
      log_(log),
      calls_(calls),
      epochs_(std::move(epochs)),
      host_(std::make_unique<gatehouse_host>()) {
  host_->instance = this;
}

std::unique_ptr<Instance> Instance::create(std::shared_ptr<const Plugin> plugin, std::string name,
                                           const OptionValues& options, const config::Location& where,
                                           std::size_t calls, Clock& clock, LogQueue& log, config::Problems& problems,
                                           std::shared_ptr<Epochs> epochs) {
  auto instance =
      std::unique_ptr<Instance>(new Instance(std::move(plugin), std::move(name), calls, clock, log, std::move(epochs)));
  const CrossingValues values(options);
  const std::size_t before = problems.size();
  instance->where_ = where;
  instance->problems_ = &problems;
  try {
    instance->handle_ =
        instance->plugin_->create(instance->host_.get(), host_api(), values.values.data(), values.values.size());
  } catch (...) {
    problems.add(where, "plugin \"" + instance->plugin_->id + "\" threw an exception in create()");
  }
  instance->problems_ = nullptr;
  if (instance->handle_ != nullptr && problems.size() == before) {
    instance->ask_credentials();
    return instance;
  }
  if (problems.size() == before) {
    problems.add(where, "plugin \"" + instance->plugin_->id + "\" could not be created and did not say why");
  }
  return nullptr;
}

/// One that fails to say takes nothing.
void Instance::ask_credentials() noexcept {
  if (plugin_->credentials_of == nullptr) return;
  try {
    credentials_ &= plugin_->credentials_of->taken_by(handle_);
  } catch (...) {
    credentials_ = 0;
    misbehaved("threw an exception when asked which credentials it takes");
  }
}

Instance::~Instance() {
  stop();
  if (handle_ == nullptr) return;
  try {
    plugin_->description->destroy(handle_);
  } catch (...) {
    misbehaved("threw an exception in destroy()");
  }
}

Result<void> Instance::start() {
  if (started_) return {};
  if (plugin_->description->start != nullptr) {
    config::Problems problems;
    problems_ = &problems;
    bool ok = false;
    try {
      ok = plugin_->description->start(handle_) == 1;
    } catch (...) {
      problems.add(where_, "plugin \"" + plugin_->id + "\" threw an exception in start()");
    }
    problems_ = nullptr;
    if (!ok && problems.empty()) {
      problems.add(where_, "plugin \"" + plugin_->id + "\" could not be started and did not say why");
    }
    if (!problems.empty()) return problems.to_error();
  }
  started_ = true;
  return {};
}

void Instance::stop() noexcept {
  if (!started_) return;
  started_ = false;
  if (plugin_->description->stop == nullptr) return;
  try {
    plugin_->description->stop(handle_);
  } catch (...) {
    misbehaved("threw an exception in stop()");
  }
}

BackendAnswer Instance::ask(const Request& request, std::string_view realm, SteadyTime deadline,
                            const std::atomic<bool>& abandoned, const Admit& admit) noexcept {
  BackendAnswer failed;
  failed.reason = Reason::plugin_fault;
  try {
    gatehouse_call* call = calls_.open(deadline, abandoned, admit);
    if (call == nullptr) {
      failed.reason = Reason::overload;
      return failed;
    }
    gatehouse_verdict verdict = GATEHOUSE_VERDICT_UNAVAILABLE;
    bool threw = false;
    try {
      const CrossingRequest crossing(request, realm, *plugin_);
      verdict = plugin_->description->authenticate(handle_, &crossing.request, call);
    } catch (...) {
      threw = true;
    }
    CallRecord record = calls_.close(call);
    if (threw && record.fault.empty()) record.fault = "threw an exception in authenticate()";
    return judge(verdict, std::move(record));
  } catch (...) {
    failed.verdict = VerdictCode::unavailable;
    return failed;
  }
}

BackendAnswer Instance::judge(gatehouse_verdict verdict, CallRecord record) {
  if (record.fault.empty()) {
    if (record.out_of_memory) {
      record.fault = "could not be heard: memory ran out";
    } else if (verdict > GATEHOUSE_VERDICT_FORBIDDEN) {
      record.fault = "answered with the number " + std::to_string(verdict) + ", which is no verdict";
    } else if (verdict == GATEHOUSE_VERDICT_GRANTED && record.identity.subject.empty()) {
      record.fault = "granted without a subject";
    } else if (verdict == GATEHOUSE_VERDICT_GRANTED && record.stopped) {
      record.fault = "granted after it was told to stop";
    } else if (verdict == GATEHOUSE_VERDICT_CHALLENGE && record.challenges.empty()) {
      record.fault = "asked for a challenge and gave none";
    }
  }
  BackendAnswer answer;
  answer.claimed = std::move(record.claimed);
  if (!record.fault.empty()) {
    misbehaved(record.fault);
    answer.reason = Reason::plugin_fault;
    answer.detail = "the plugin " + record.fault;
    answer.no_store = true;
    return answer;
  }
  answer.verdict = static_cast<VerdictCode>(verdict);
  answer.throttled = record.stopped;
  answer.reason = record.reason.value_or(usual_reason(answer.verdict));
  answer.detail = std::move(record.detail);
  answer.challenges = std::move(record.challenges);
  answer.no_store = record.no_store;
  answer.cache_until_ms = record.cache_until_ms;
  if (answer.verdict == VerdictCode::granted || answer.verdict == VerdictCode::forbidden) {
    answer.identity = std::move(record.identity);
    answer.identity.backend = name_;
    if (answer.verdict == VerdictCode::granted) answer.reason = Reason::none;
    if (answer.identity.expiry && *answer.identity.expiry <= clock_.wall()) {
      answer.verdict = VerdictCode::denied;
      answer.reason = Reason::expired;
      answer.identity = Identity();
    }
  }
  return answer;
}

std::vector<std::pair<std::string, std::chrono::microseconds>> Instance::budget() noexcept {
  using Listed = std::vector<std::pair<std::string, std::chrono::microseconds>>;
  constexpr std::size_t most = 32;
  Listed listed;
  if (plugin_->budget == nullptr) return listed;
  const auto add = [](void* to, gatehouse_str what, std::uint32_t time) noexcept {
    auto& all = *static_cast<Listed*>(to);
    try {
      if (all.size() < most) all.emplace_back(log_safe(view(what)), time);
    } catch (...) {
      return;  // out of memory: less is told
    }
  };
  try {
    plugin_->budget->list(handle_, &listed, add);
  } catch (...) {
    misbehaved("threw an exception when it was asked what its secrets cost");
  }
  return listed;
}

void Instance::run_background() noexcept {
  if (plugin_->background == nullptr) return;
  try {
    plugin_->background->run(handle_);
  } catch (...) {
    misbehaved("threw an exception in its background work");
  }
}

void Instance::on_wake(Wake wake) {
  wake_ = std::move(wake);
  if (early_wake_) wake_(*early_wake_);
  early_wake_.reset();
}

void Instance::wake_at(SteadyTime when) {
  if (wake_) {
    wake_(when);
  } else {
    early_wake_ = when;
  }
}

void Instance::config_error(std::string_view option, std::string_view message) {
  if (problems_ == nullptr) {
    log_.add(LogLevel::error, name_ + ": " + std::string(option) + ": " + std::string(message));
    return;
  }
  config::Location at = where_;
  if (!option.empty()) at.key += (at.key.empty() ? "" : ".") + std::string(option);
  problems_->add(at, log_safe(message));
}

void Instance::misbehaved(std::string_view what) noexcept {
  // One line for each of the first breaches, then every thousandth: a bad plugin must not flood the log.
  const std::uint32_t count = breaches_.fetch_add(1) + 1;
  if (count > 10 && count % 1000 != 0) return;
  try {
    log_.add(LogLevel::error, name_ + ": plugin \"" + plugin_->id + "\" broke its contract: it " + std::string(what) +
                                  " (" + std::to_string(count) + " times so far)");
  } catch (...) {
    return;
  }
}

}  // namespace gatehouse::detail
