/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_TEST_C_API_TEST_H
#define GATEHOUSE_TEST_C_API_TEST_H
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

/* Returns NULL, or the text of the first check that failed. */
struct c_api_check {
  const char* name;
  const char* (*run)(void);
};
extern const struct c_api_check c_api_checks[];
extern const size_t c_api_check_count;

#ifdef __cplusplus
}
#endif
#endif
