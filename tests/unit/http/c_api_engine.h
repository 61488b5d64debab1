/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_TEST_C_API_ENGINE_H
#define GATEHOUSE_TEST_C_API_ENGINE_H
/*
 * Decisions and realms of this test. The functions of <gatehouse/gatehouse.h> that read them are defined by the test
 * program, and so take the place of the engine's for libgatehouse-http too.
 */
#include <gatehouse/gatehouse.h>

struct gatehouse_decision {
  gatehouse_code code;
  uint32_t retry_after;
  gatehouse_str subject;
  const gatehouse_str* groups;
  size_t group_count;
  const gatehouse_pair* attributes;
  size_t attribute_count;
  const gatehouse_challenge* challenges;
  size_t challenge_count;
};

struct gatehouse_realm {
  gatehouse_str display_name;
  uint32_t credentials;
};

#endif
