/* SPDX-License-Identifier: Apache-2.0 */
/* Describes an option in another number of bytes. */
#include "sound.h"

BAD_PLUGIN("option-wrong-size", static gatehouse_option option; option = sound_option("file"); option.struct_size = 8;
           plugin.options = &option; plugin.option_count = 1;)
