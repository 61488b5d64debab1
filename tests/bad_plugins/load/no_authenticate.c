/* SPDX-License-Identifier: Apache-2.0 */
/* Lacks authenticate(). */
#include "sound.h"

BAD_PLUGIN("no-authenticate", plugin.authenticate = NULL;)
