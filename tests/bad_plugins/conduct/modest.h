/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_TESTS_MODEST_H
#define GATEHOUSE_TESTS_MODEST_H
/* Plugins that pass every check but the one that they are made for. */
#include <stdlib.h>

#include "sound.h"

/* There are several instances: each knows its own host. */
static inline void* modest_create(gatehouse_host* given_host, const gatehouse_host_api* given_api,
                                  const gatehouse_option_value* values, size_t count) {
  gatehouse_host** const instance = malloc(sizeof *instance);
  (void)sound_create(given_host, given_api, values, count);
  if (instance != NULL) *instance = given_host;
  return instance;
}

static inline gatehouse_host* host_of(void* instance) {
  return *(gatehouse_host**)instance;
}

#define MODEST_PLUGIN(ID, AUTHENTICATE, START)                                                             \
  BAD_PLUGIN(ID, plugin.authenticate = AUTHENTICATE; plugin.create = modest_create; plugin.destroy = free; \
             plugin.start = START; plugin.summary = text("For tests");)
#endif
