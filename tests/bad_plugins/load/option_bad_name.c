/* SPDX-License-Identifier: Apache-2.0 */
/* Has an option that cannot be written in a configuration. */
#include "sound.h"

BAD_PLUGIN("option-bad-name", static gatehouse_option option; option = sound_option("No Name");
           plugin.options = &option; plugin.option_count = 1;)
