/* SPDX-License-Identifier: Apache-2.0 */
/* A library that is no plugin. */
#include "sound.h"

GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v2(void);
GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v2(void) {
  static gatehouse_plugin plugin;
  plugin = sound_plugin("no-symbol");
  return &plugin;
}
