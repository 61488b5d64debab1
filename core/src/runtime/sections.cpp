// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <gatehouse/sections.hpp>
#include <utility>

#include "config/document.hpp"

namespace gatehouse {

struct Sections::State {
  config::Document document;
};

Sections::Sections(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

Result<Sections> Sections::read(const ConfigSource& source) {
  try {
    auto document = config::read_sections(source);
    if (!document) return document.error();
    return Sections(std::make_shared<const State>(State{*std::move(document)}));
  } catch (const std::exception& problem) {
    return Error{problem.what()};
  }
}

const OptionValues& Sections::section(std::string_view name) const noexcept {
  static const OptionValues none;
  const auto found = state_->document.sections.find(name);
  return found == state_->document.sections.end() ? none : found->second.values;
}

const std::vector<TableEntry>& Sections::tables(std::string_view section, std::string_view list) const noexcept {
  static const std::vector<TableEntry> none;
  const auto found = state_->document.sections.find(section);
  if (found == state_->document.sections.end()) return none;
  const auto tables = found->second.lists.find(list);
  return tables == found->second.lists.end() ? none : tables->second;
}

}  // namespace gatehouse
