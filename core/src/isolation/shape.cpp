// SPDX-License-Identifier: Apache-2.0
#include "isolation/shape.hpp"

namespace gatehouse::detail::isolation {

Bytes shape_of(const Description& description) {
  std::vector<gatehouse_option> options = description.options;
  for (gatehouse_option& option : options) option.help = {};
  gatehouse_plugin plugin = description.plugin;
  plugin.version = {};
  plugin.summary = {};
  plugin.options = options.data();
  return payload_of(plugin, description.reads_uris, description.lists_costs);
}

}  // namespace gatehouse::detail::isolation
