/* SPDX-License-Identifier: Apache-2.0 */
/* Reads an attribute without a name. */
#include "sound.h"

BAD_PLUGIN("attribute-without-name", static gatehouse_str none; plugin.attributes = &none; plugin.attribute_count = 1;)
