// SPDX-License-Identifier: Apache-2.0
#include <gatehouse/authenticator.hpp>

#include <atomic>
#include <mutex>
#include <utility>

namespace gatehouse {

struct Authenticator::State {
  State(Runtime opened, AuthenticatorOptions given) : runtime(std::move(opened)), options(std::move(given)) {}

  [[nodiscard]] Result<void> load() {
    auto config = runtime.load(options.source);
    if (!config) return config.error();
    auto realm = config->realm(options.realm);
    if (!realm) return realm.error();
    current.store(std::make_shared<const Realm>(*std::move(realm)));
    return {};
  }

  Runtime runtime;
  AuthenticatorOptions options;
  std::atomic<std::shared_ptr<const Realm>> current;
};

Result<Authenticator> Authenticator::open(AuthenticatorOptions options) {
  auto runtime = Runtime::open(options.runtime);
  if (!runtime) return runtime.error();
  auto state = std::make_unique<State>(*std::move(runtime), std::move(options));
  if (auto loaded = state->load(); !loaded) return loaded.error();
  if (auto started = state->runtime.start(); !started) return started.error();
  return Authenticator(std::move(state));
}

Decision Authenticator::decide(const Request& request) const noexcept {
  return state_->current.load()->decide(request);
}

std::optional<Decision> Authenticator::try_decide(const Request& request) const noexcept {
  return state_->current.load()->try_decide(request);
}

Result<void> Authenticator::reload() {
  return state_->load();
}

Authenticator::Authenticator(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Authenticator::Authenticator(Authenticator&&) noexcept = default;
Authenticator& Authenticator::operator=(Authenticator&&) noexcept = default;
Authenticator::~Authenticator() = default;

}  // namespace gatehouse
