/* SPDX-License-Identifier: Apache-2.0 */
/* Has an id of 33 characters. */
#include "sound.h"

BAD_PLUGIN("long-id", plugin.id = text("a23456789012345678901234567890123");)
