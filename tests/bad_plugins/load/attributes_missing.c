/* SPDX-License-Identifier: Apache-2.0 */
/* Counts attributes that are not there. */
#include "sound.h"

BAD_PLUGIN("attributes-missing", plugin.attribute_count = 1;)
