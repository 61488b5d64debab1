// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One object, one call: a whole engine for a server that wants a login.
///
///   auto opened = gatehouse::Authenticator::open({.source = {.backends = {"htpasswd:/etc/app/users"}}});
///   if (!opened) die(opened.error().message);
///   if (opened->decide(gatehouse::Request::with_password(user, password)).granted()) ...
///
/// It starts threads at once. Servers that fork first, or that run an event loop, use <gatehouse/runtime.hpp>.
/// Threads: decide() and try_decide() from any thread; reload() from one at a time.
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <gatehouse/runtime.hpp>

namespace gatehouse {

struct AuthenticatorOptions {
  ConfigSource source{};
  std::string realm{};  ///< empty: the only one
  RuntimeOptions runtime{};
};

class GATEHOUSE_API Authenticator {
 public:
  [[nodiscard]] static Result<Authenticator> open(AuthenticatorOptions options);

  /// Blocks until decided, within the realm's deadline.
  [[nodiscard]] Decision decide(const Request& request) const noexcept;
  /// Never blocks; nullopt means ask decide().
  [[nodiscard]] std::optional<Decision> try_decide(const Request& request) const noexcept;

  /// Loads the source again. On failure the old configuration goes on serving. May block.
  [[nodiscard]] Result<void> reload();

  Authenticator(Authenticator&&) noexcept;
  Authenticator& operator=(Authenticator&&) noexcept;
  ~Authenticator();

 private:
  struct State;
  explicit Authenticator(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse
