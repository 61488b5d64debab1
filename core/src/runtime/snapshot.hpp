// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One loaded configuration with its plugins created: realms by name, and the sections of doors.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gatehouse/option.hpp>

#include "config/document.hpp"
#include "runtime/realm_state.hpp"

namespace gatehouse::detail {

class Snapshot {
 public:
  std::uint64_t id = 0;
  std::vector<std::shared_ptr<const RealmState>> realms;  ///< in the order written
  std::map<std::string, config::SectionValues, std::less<>> sections;
  std::optional<LogLevel> log_level;
  std::string audit_file;
};

/// The living backends of a runtime, by definition: so that equal definitions share one instance. [any-thread]
class BackendRegistry {
 public:
  [[nodiscard]] std::shared_ptr<Backend> find(const Digest& definition) const;
  void add(const std::shared_ptr<Backend>& backend);
  [[nodiscard]] std::vector<std::shared_ptr<Backend>> living() const;

 private:
  mutable std::mutex mutex_;
  std::map<Digest, std::weak_ptr<Backend>> backends_;
};

/// Opens the plugins that `document` names, checks their options, creates or shares their instances, and builds the
/// realms, which tell `audit` (null: nobody). On failure nothing new is left. New instances are not started. [main]
/// [may block]
[[nodiscard]] Result<std::shared_ptr<Snapshot>> build_snapshot(const std::shared_ptr<Engine>& engine,
                                                               const config::Catalogue& catalogue,
                                                               config::Document document, BackendRegistry& registry,
                                                               std::uint64_t id, const std::shared_ptr<Audit>& audit);

}  // namespace gatehouse::detail
