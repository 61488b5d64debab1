/* SPDX-License-Identifier: Apache-2.0 */
/* Describes itself in fewer bytes than there are. */
#include "sound.h"

BAD_PLUGIN("struct-too-small", plugin.struct_size = 40;)
