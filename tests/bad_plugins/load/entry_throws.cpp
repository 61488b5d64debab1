// SPDX-License-Identifier: Apache-2.0
// The entry point throws.
#include "sound.h"

BAD_PLUGIN("entry-throws", if (plugin.reserved == 0) throw 7;)
