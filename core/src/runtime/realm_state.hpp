// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One realm of one snapshot: its chain and its policy. Immutable, but for what its backends learn.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/decision.hpp>
#include <gatehouse/request.hpp>

#include "audit/realm_audit.hpp"
#include "config/document.hpp"
#include "runtime/backend.hpp"
#include "runtime/engine.hpp"

namespace gatehouse::detail {

class RealmState {
 public:
  RealmState(std::shared_ptr<Engine> shared_engine, const config::RealmDefinition& definition,
             std::vector<std::shared_ptr<Backend>> backends, const config::CacheSettings& cache_settings,
             const config::ThrottleSettings& throttle_settings, RealmAudit audit_log = {});

  /// What can be said without asking any backend: no credential, a credential that no backend may see, a remembered
  /// grant or refusal. Null: a backend has to be asked. A `quick` grant allocates nothing.
  [[nodiscard]] std::shared_ptr<const Answer> settle(const Request& request, GrantCache::Lookup how) const noexcept;
  [[nodiscard]] CacheKey key_of(const Request& request) const noexcept;

  [[nodiscard]] std::shared_ptr<const Answer> decide(const std::shared_ptr<const RealmState>& self,
                                                     const Request& request, std::chrono::milliseconds timeout) const;

  /// Whether `subject`, vouched for by a backend without a prefix, would pass for a name of a backend that has one.
  [[nodiscard]] bool belongs_elsewhere(std::string_view subject, const Backend& vouching) const noexcept;

  /// Counts a decision that the backend at `index` ended, after the time that it took.
  void count(std::size_t index, DecisionCode code, std::chrono::nanoseconds time) const noexcept;

  /// How long a refusal takes at least.
  [[nodiscard]] std::chrono::microseconds refusal_floor() const noexcept;

  /// For who cannot be told more, because there is no memory to say it in.
  [[nodiscard]] const std::shared_ptr<const Answer>& out_of_memory() const noexcept { return out_of_memory_; }

  [[nodiscard]] bool accepts(CredentialKind kind) const noexcept {
    return (credentials & static_cast<CredentialKinds>(kind)) != 0;
  }

  std::shared_ptr<Engine> engine;
  std::string name;
  std::string display_name;
  std::vector<std::shared_ptr<Backend>> chain;
  std::chrono::milliseconds timeout;
  config::CacheSettings cache;
  config::ThrottleSettings throttle;
  std::vector<std::shared_ptr<Epochs>> epochs;  ///< of the chain
  RealmAudit audit;
  Digest definition;
  std::vector<std::string_view> declared;  ///< attributes that some backend reads, sorted; borrowed from the plugins
  CredentialKinds credentials = 0;

 private:
  [[nodiscard]] bool is_remembered_refusal(const CacheKey& key, const Request& request) const noexcept;

  std::shared_ptr<RealmCounts> counts_;
  std::shared_ptr<const void> longest_remembered_;
  std::vector<DecisionCounts*> backend_counts_;  ///< of the chain, in its order
  std::shared_ptr<const Answer> no_credential_;
  std::shared_ptr<const Answer> bad_credential_;
  std::shared_ptr<const Answer> still_wrong_;
  std::shared_ptr<const Answer> not_started_;
  std::shared_ptr<const Answer> out_of_memory_;
};

}  // namespace gatehouse::detail
