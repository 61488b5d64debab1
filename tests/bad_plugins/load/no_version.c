/* SPDX-License-Identifier: Apache-2.0 */
/* Has no version. */
#include "sound.h"

BAD_PLUGIN("no-version", plugin.version.size = 0;)
