/* SPDX-License-Identifier: Apache-2.0 */
#include "c_api_engine.h"

static const gatehouse_str nothing = {NULL, 0};

gatehouse_code gatehouse_decision_code(const gatehouse_decision* decision) {
  return decision ? decision->code : GATEHOUSE_DECISION_UNAVAILABLE;
}
uint32_t gatehouse_decision_retry_after(const gatehouse_decision* decision) {
  return decision ? decision->retry_after : 0;
}
gatehouse_str gatehouse_decision_subject(const gatehouse_decision* decision) {
  return decision ? decision->subject : nothing;
}
size_t gatehouse_decision_group_count(const gatehouse_decision* decision) {
  return decision ? decision->group_count : 0;
}
gatehouse_str gatehouse_decision_group(const gatehouse_decision* decision, size_t index) {
  return decision->groups[index];
}
size_t gatehouse_decision_attribute_count(const gatehouse_decision* decision) {
  return decision ? decision->attribute_count : 0;
}
gatehouse_pair gatehouse_decision_attribute(const gatehouse_decision* decision, size_t index) {
  return decision->attributes[index];
}
size_t gatehouse_decision_challenge_count(const gatehouse_decision* decision) {
  return decision ? decision->challenge_count : 0;
}
int gatehouse_decision_challenge_head(const gatehouse_decision* decision, size_t index,
                                      gatehouse_challenge_head* challenge) {
  if (!decision || index >= decision->challenge_count) return 0;
  const gatehouse_challenge* from = &decision->challenges[index];
  challenge->kind = from->kind;
  challenge->scheme = from->scheme;
  challenge->state = from->state;
  challenge->parameter_count = from->parameter_count;
  return 1;
}
gatehouse_pair gatehouse_decision_challenge_parameter(const gatehouse_decision* decision, size_t index,
                                                      size_t parameter) {
  return decision->challenges[index].parameters[parameter];
}
gatehouse_str gatehouse_realm_display_name(const gatehouse_realm* realm) {
  return realm->display_name;
}
uint32_t gatehouse_realm_credentials(const gatehouse_realm* realm) {
  return realm->credentials;
}
