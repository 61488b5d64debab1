/* SPDX-License-Identifier: Apache-2.0 */
/* Needs a function that no library has. */
#include "sound.h"

void* gatehouse_tests_nowhere_defined(void);

BAD_PLUGIN("undefined-symbol", plugin.get_extension = NULL; if (gatehouse_tests_nowhere_defined()) plugin.reserved = 0;)
