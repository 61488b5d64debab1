/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a credential of a later version. */
#include "sound.h"

BAD_PLUGIN("unknown-credentials", plugin.credentials = 1u << 7u;)
