/* SPDX-License-Identifier: Apache-2.0 */
/* Describes itself in more bytes than there are. */
#include "sound.h"

BAD_PLUGIN("struct-too-large", plugin.struct_size = 4000;)
