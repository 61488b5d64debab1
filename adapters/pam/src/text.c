/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

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
  char* const copy = malloc(text.size + 1);
  if (copy == NULL) return NULL;
  for (size_t i = 0; i < text.size; ++i) {
    const unsigned char byte = (unsigned char)text.data[i];
    copy[i] = text.data[i];
    if (byte < 0x20 || byte == 0x7f) copy[i] = '?';
  }
  copy[text.size] = '\0';
  return copy;
}

void wipe(char* secret) {
  if (secret == NULL) return;
  explicit_bzero(secret, strlen(secret));
  free(secret);
}
