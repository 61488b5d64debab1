/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_PAM_DESCRIPTORS_H
#define GATEHOUSE_PAM_DESCRIPTORS_H
/* A host that closed its standard descriptors would have a directory's connection opened as one of them, and then what
 * some library prints written into it. Meanwhile they lead to nothing. */
#include <stdbool.h>

typedef struct standard_descriptors {
  int held[3];
  int count;
} standard_descriptors;

/* False if the process can open nothing more. Release in either case. */
bool hold_standard_descriptors(standard_descriptors* into);
void release_standard_descriptors(standard_descriptors* held);

#endif
