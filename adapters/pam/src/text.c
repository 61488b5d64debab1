/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <gatehouse/gatehouse.h>
#include <stdlib.h>
#include <string.h>

gatehouse_str as_str(const char* text) {
  const gatehouse_str s = {text, text == NULL ? 0 : strlen(text)};
  return s;
}

char* exact_copy(gatehouse_str name) {
  if (name.size > 0 && memchr(name.data, '\0', name.size) != NULL) return NULL;
  char* const copy = malloc(name.size + 1);
  if (copy == NULL) return NULL;
  if (name.size > 0) memcpy(copy, name.data, name.size);
  copy[name.size] = '\0';
  return copy;
}

char* printable_copy(gatehouse_str text) {
  char safe[GATEHOUSE_LOG_SAFE_SIZE];
  return strdup(gatehouse_log_safe(text, safe));
}

void wipe(char* secret) {
  if (secret == NULL) return;
  explicit_bzero(secret, strlen(secret));
  free(secret);
}
