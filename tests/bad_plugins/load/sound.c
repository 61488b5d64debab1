/* SPDX-License-Identifier: Apache-2.0 */
/* No defect: the control of this experiment. */
#include "sound.h"

BAD_PLUGIN("sound", )
