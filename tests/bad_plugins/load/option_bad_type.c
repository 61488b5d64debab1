/* SPDX-License-Identifier: Apache-2.0 */
/* Has an option of an unknown type. */
#include "sound.h"

BAD_PLUGIN("option-bad-type", static gatehouse_option option; option = sound_option("file"); option.type = 77;
           plugin.options = &option; plugin.option_count = 1;)
