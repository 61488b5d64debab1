// SPDX-License-Identifier: Apache-2.0
#pragma once
/// For authors of backend plugins in C++20: a class and one macro. Header-only, built on <gatehouse/plugin.h>, which
/// holds the contract; nothing to link.
///
///   class Example final : public gatehouse::plugin::Backend { ... };
///   GATEHOUSE_PLUGIN(Example, {.id = "example", .version = "1.0", .credentials = Credential::password, ...})
///
/// The class is constructed from (Host, const Options&). Exceptions never leave the plugin: out of the constructor or
/// start() they refuse the configuration, out of authenticate() they become unavailable.
/// Thread tags are those of <gatehouse/plugin.h>.
#include <gatehouse/plugin/backend.hpp>
#include <gatehouse/plugin/entry.hpp>

/// Defines the plugin's one exported symbol. Once per shared object, outside of any namespace, after the class.
/// The second argument initialises a gatehouse::plugin::Description.
#define GATEHOUSE_PLUGIN(Class, ...)                                                                      \
  namespace gatehouse_plugin_definition {                                                                 \
  static constexpr ::gatehouse::plugin::Description description __VA_ARGS__;                              \
  }                                                                                                       \
  extern "C" GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v1(void);                   \
  extern "C" GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v1(void) {                  \
    return &::gatehouse::plugin::detail::Entry<Class, gatehouse_plugin_definition::description>::kPlugin; \
  }
