/* SPDX-License-Identifier: Apache-2.0 */
/* Has a secret that is a number. */
#include "sound.h"

BAD_PLUGIN("option-secret-number", static gatehouse_option option; option = sound_option("pin");
           option.type = GATEHOUSE_OPTION_INTEGER; option.flags = GATEHOUSE_OPTION_SECRET; plugin.options = &option;
           plugin.option_count = 1;)
