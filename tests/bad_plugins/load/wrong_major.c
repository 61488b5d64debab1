/* SPDX-License-Identifier: Apache-2.0 */
/* Speaks another major version. */
#include "sound.h"

BAD_PLUGIN("wrong-major", plugin.abi_major = 2;)
