/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_PAM_TEXT_H
#define GATEHOUSE_PAM_TEXT_H
/* Texts in and out of the module. */
#include <gatehouse/types.h>
#include <stddef.h>

/* "" for NULL. Borrows. */
gatehouse_str as_str(const char* text);

/* A terminated copy of a name that is compared. To be released with free(); NULL if it holds a NUL, or memory ran out.
 */
char* exact_copy(gatehouse_str name);

/* A terminated copy in which nothing controls a terminal, hides, or begins a line of a log. To be released with free();
 * NULL if memory ran out. */
char* printable_copy(gatehouse_str text);

/* Overwrites and frees; NULL is allowed. */
void wipe(char* secret);

#endif
