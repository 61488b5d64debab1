/* SPDX-License-Identifier: Apache-2.0 */
/* Has a summary that is not UTF-8. */
#include "sound.h"

BAD_PLUGIN("summary-not-text", plugin.summary = text("\xff\xfe");)
