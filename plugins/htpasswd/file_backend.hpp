// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The backend: answers from the accounts that serve.
#include <gatehouse/plugin/backend.hpp>
#include <optional>

#include <htpasswd/digest.hpp>
#include "account_store.hpp"
#include "refusal_cost.hpp"

namespace gatehouse::htpasswd {

class FileBackend : public plugin::Backend {
 public:
  /// Reads the files. Throws plugin::ConfigError.
  FileBackend(plugin::Host host, Settings settings);

  void start() override;
  void background() override;
  [[nodiscard]] plugin::Verdict authenticate(const plugin::Request& request, plugin::Call& call) const override;

  /// What one check of each scheme in the file costs here.
  void budget(plugin::Budget& out) const;

 private:
  void announce_cost();

  plugin::Host host_;
  Digests digests_;
  AccountStore store_;
  RefusalCost cost_;
  std::optional<Costs> announced_;
};

}  // namespace gatehouse::htpasswd
