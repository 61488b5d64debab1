/* SPDX-License-Identifier: Apache-2.0 */
/* Describes itself by a null pointer. */
#include "sound.h"

BAD_PLUGIN_C GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v1(void);
BAD_PLUGIN_C GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v1(void) {
  (void)sound_plugin;
  (void)sound_option;
  return NULL;
}
