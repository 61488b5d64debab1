/* SPDX-License-Identifier: Apache-2.0 */
/* Counts options that are not there. */
#include "sound.h"

BAD_PLUGIN("options-missing", plugin.option_count = 2;)
