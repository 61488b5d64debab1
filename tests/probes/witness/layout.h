/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_TESTS_LAYOUT_H
#define GATEHOUSE_TESTS_LAYOUT_H
/* One number of the plugin boundary, and its name. A list ends with a null name. */
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct layout_entry {
  const char* name;
  size_t number;
};
extern const struct layout_entry gatehouse_layout_frozen[];
extern const struct layout_entry gatehouse_layout_current[];

#ifdef __cplusplus
}
#endif
#endif
