/* SPDX-License-Identifier: Apache-2.0 */
/* Counts more options than anybody needs. */
#include "sound.h"

BAD_PLUGIN("too-many-options", static gatehouse_option options[1]; plugin.options = options;
           plugin.option_count = 100000;)
