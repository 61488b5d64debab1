/* SPDX-License-Identifier: Apache-2.0 */
/* Describes one option twice. */
#include "sound.h"

BAD_PLUGIN("option-twice", static gatehouse_option options[2]; options[0] = options[1] = sound_option("file");
           plugin.options = options; plugin.option_count = 2;)
