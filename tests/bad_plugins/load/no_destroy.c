/* SPDX-License-Identifier: Apache-2.0 */
/* Lacks destroy(). */
#include "sound.h"

BAD_PLUGIN("no-destroy", plugin.destroy = NULL;)
