/* SPDX-License-Identifier: Apache-2.0 */
/* Lacks create(). */
#include "sound.h"

BAD_PLUGIN("no-create", plugin.create = NULL;)
