/* SPDX-License-Identifier: Apache-2.0 */
/* Takes no credential at all. */
#include "sound.h"

BAD_PLUGIN("no-credentials", plugin.credentials = 0;)
