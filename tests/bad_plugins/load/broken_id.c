/* SPDX-License-Identifier: Apache-2.0 */
/* Has an id that would lead out of a folder. */
#include "sound.h"

BAD_PLUGIN("broken-id", plugin.id = text("../etc");)
