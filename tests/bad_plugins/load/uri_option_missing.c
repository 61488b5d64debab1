/* SPDX-License-Identifier: Apache-2.0 */
/* Gives the body of a URI to an option that it does not have. */
#include "sound.h"

BAD_PLUGIN("uri-option-missing", plugin.uri_option = text("file");)
