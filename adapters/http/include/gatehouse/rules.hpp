// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Who may do what: the rules [[http.rules]] of a configuration. The first rule that matches a request decides; where
/// none does, a login is asked.
///
/// Rules are judged on one reading of the path, and that path must be passed on byte for byte. A path that two programs
/// could read differently is never judged: it is refused. So is a method with a letter that is no capital.
///
/// Threads: const members may be called from any thread. A Ruling borrows from its AccessRules.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/decision.hpp>
#include <gatehouse/export.hpp>
#include <gatehouse/http.hpp>
#include <gatehouse/network.hpp>
#include <gatehouse/result.hpp>
#include <gatehouse/runtime.hpp>
#include <gatehouse/sections.hpp>

namespace gatehouse::http {

/// What a door knows of a request.
struct RuleQuestion {
  std::string_view method;
  std::string_view target;  ///< path and query as received, or "*"
  std::string_view host;    ///< with or without port; empty: none was given
  std::string_view from;    ///< the caller's address, or "unix"; anything else is in no network
  std::span<const Header> headers{};
};

/// One rule, as written. A request matches when each list that is not empty holds it.
struct AccessRule {
  struct Requirement {
    enum class Kind { user, group, attribute };
    Kind kind = Kind::user;
    std::string name;
    std::string value;  ///< of an attribute
  };

  std::vector<std::string> paths;    ///< begin with '/'; '*' stands for any run within a segment, "**" for any segments
  std::vector<std::string> methods;  ///< GET is HEAD too
  std::vector<std::string> hosts;    ///< names, or "*.SUFFIX"
  std::vector<Network> networks;
  bool anyone = false;                    ///< no login is asked, and nobody is told
  std::vector<Requirement> requirements;  ///< one of them must hold; none: a login is enough
  std::size_t number = 0;                 ///< from 1, in the order written
  std::string where;                      ///< "FILE:LINE", or empty

  /// Whether someone with this identity may.
  [[nodiscard]] GATEHOUSE_API bool allows(const Identity& identity) const noexcept;
};

/// What the rules say of one request.
struct Ruling {
  enum class Kind {
    refused,  ///< not judged: the path, or a field that overrides the method, could be read differently. 400, close
    login,    ///< ask the engine, then allows(); also when no rule matched
    anyone,   ///< pass on without asking the engine, telling nobody's name
  };
  Kind kind = Kind::refused;
  const AccessRule* rule = nullptr;  ///< the one that decided; null: none matched
  std::string_view why;              ///< of refused: one fixed sentence, for the caller too

  [[nodiscard]] bool allows(const Identity& identity) const noexcept {
    return kind == Kind::anyone || (kind == Kind::login && (rule == nullptr || rule->allows(identity)));
  }
};

class GATEHOUSE_API AccessRules {
 public:
  /// No rules: a login for everything, and no path is refused.
  AccessRules() noexcept;

  /// Checks and indexes. The Error names the rule by its place.
  [[nodiscard]] static Result<AccessRules> make(std::vector<AccessRule> rules, bool ignore_case = false);

  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] const std::vector<AccessRule>& list() const noexcept;

  /// Allocates nothing. Its cost does not grow with rules whose first segments are others.
  [[nodiscard]] Ruling judge(const RuleQuestion& question) const noexcept;

  /// For a person: each rule before the one that decided whose path matched, and why it did not decide.
  [[nodiscard]] std::vector<std::string> passed_over(const RuleQuestion& question) const;

  /// For a person: each rule that can never decide because an earlier one always does.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  struct State;
  explicit AccessRules(std::shared_ptr<const State> state) noexcept;
  std::shared_ptr<const State> state_;
};

/// The rules of a configuration that was loaded with section(). The Error names file and line.
[[nodiscard]] GATEHOUSE_API Result<AccessRules> rules(const Config& config);
[[nodiscard]] GATEHOUSE_API Result<AccessRules> rules(const Sections& sections);

/// What a rule asks for, in the words of the configuration: "group:writers or user:ann".
[[nodiscard]] GATEHOUSE_API std::string requirement_text(const AccessRule& rule);

}  // namespace gatehouse::http
