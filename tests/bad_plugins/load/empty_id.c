/* SPDX-License-Identifier: Apache-2.0 */
/* Has no id. */
#include "sound.h"

BAD_PLUGIN("empty-id", plugin.id.size = 0;)
