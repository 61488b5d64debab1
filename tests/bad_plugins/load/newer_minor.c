/* SPDX-License-Identifier: Apache-2.0 */
/* Needs what this host does not have yet. */
#include "sound.h"

BAD_PLUGIN("newer-minor", plugin.abi_minor = GATEHOUSE_ABI_MINOR + 7;)
