// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The sections of a configuration that doors own, without the engine: for a tool, or a host whose engine was loaded
/// through the C header.
#include <memory>
#include <string_view>
#include <vector>

#include <gatehouse/runtime.hpp>

namespace gatehouse {

/// A cheap handle to immutable data: const members may be called from any thread.
class GATEHOUSE_API Sections {
 public:
  /// Reads `source.sections` of a file or a text. Realms and backends are not looked at, and no plugin is opened.
  [[nodiscard]] static Result<Sections> read(const ConfigSource& source);

  /// As those of Config.
  [[nodiscard]] const OptionValues& section(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<TableEntry>& tables(std::string_view section, std::string_view list) const noexcept;

 private:
  struct State;
  explicit Sections(std::shared_ptr<const State> state) noexcept;
  std::shared_ptr<const State> state_;
};

}  // namespace gatehouse
