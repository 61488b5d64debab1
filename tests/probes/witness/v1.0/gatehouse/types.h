/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_TYPES_H
#define GATEHOUSE_TYPES_H
/*
 * The words that plugins (plugin.h) and hosts (gatehouse.h) share: strings, credentials, requests, challenges, reasons.
 *
 * Strings are pointer + length, may hold any byte, and are not terminated. {NULL, 0} is the empty string. Structs are
 * frozen for the life of this major version; each begins with its own size, which the reader checks.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gatehouse_str {
  const char* data;
  size_t size;
} gatehouse_str;

typedef struct gatehouse_pair {
  gatehouse_str name;
  gatehouse_str value;
} gatehouse_pair;

/* Why. Goes to the log and the audit record; the caller sees only what its decision implies. */
typedef uint32_t gatehouse_reason;
#define GATEHOUSE_REASON_NONE 0u
#define GATEHOUSE_REASON_NO_CREDENTIAL 1u
#define GATEHOUSE_REASON_BAD_CREDENTIAL 2u
#define GATEHOUSE_REASON_UNKNOWN_USER 3u
#define GATEHOUSE_REASON_DISABLED 4u
#define GATEHOUSE_REASON_LOCKED 5u
#define GATEHOUSE_REASON_EXPIRED 6u
#define GATEHOUSE_REASON_MUST_CHANGE 7u
#define GATEHOUSE_REASON_INSUFFICIENT 8u /* a required group, scope or claim is missing */
#define GATEHOUSE_REASON_TIMEOUT 9u
#define GATEHOUSE_REASON_OVERLOAD 10u
#define GATEHOUSE_REASON_BACKEND_ERROR 11u
#define GATEHOUSE_REASON_PLUGIN_FAULT 12u /* the plugin broke this contract */
#define GATEHOUSE_REASON_THROTTLED 13u
#define GATEHOUSE_REASON_MALFORMED 14u
#define GATEHOUSE_REASON_NOT_STARTED 15u

/* What the caller brought. A plugin states the kinds it takes as a mask of these; others never reach it. */
#define GATEHOUSE_CREDENTIAL_NONE 0u
#define GATEHOUSE_CREDENTIAL_PASSWORD 1u /* user and password */
#define GATEHOUSE_CREDENTIAL_BEARER 2u   /* token */
#define GATEHOUSE_CREDENTIAL_RESPONSE 4u /* answers to an earlier challenge: state, and responses in its order */

/* One question. A host leaves `realm` empty: the engine fills it in before a plugin sees it. */
typedef struct gatehouse_request {
  uint32_t struct_size;
  uint32_t credential; /* one GATEHOUSE_CREDENTIAL_ value */
  gatehouse_str realm;
  gatehouse_str user;     /* valid UTF-8, 1 to 512 bytes, no control characters (with a password) */
  gatehouse_str password; /* 1 to 4096 bytes, no NUL */
  gatehouse_str token;
  gatehouse_str state;            /* what add_challenge() was given */
  const gatehouse_str* responses; /* the caller's answers */
  size_t response_count;
  const gatehouse_pair* attributes; /* those that the description declares and the door knows; others are absent */
  size_t attribute_count;
} gatehouse_request;

#define GATEHOUSE_CHALLENGE_HTTP_AUTH 1u /* scheme + parameters, as in WWW-Authenticate (RFC 9110, 11.6.1) */
#define GATEHOUSE_CHALLENGE_PROMPT 2u    /* parameters: name "echo" or "hidden", value the text to show */
#define GATEHOUSE_CHALLENGE_REDIRECT 3u  /* parameter "location" */
#define GATEHOUSE_CHALLENGE_STATE_MAX 4096u

typedef struct gatehouse_challenge {
  uint32_t struct_size;
  uint32_t kind;
  gatehouse_str scheme;
  const gatehouse_pair* parameters; /* order is kept */
  size_t parameter_count;
  gatehouse_str state; /* opaque, at most GATEHOUSE_CHALLENGE_STATE_MAX bytes; comes back in the response */
} gatehouse_challenge;

typedef uint32_t gatehouse_log_level;
#define GATEHOUSE_LOG_DEBUG 0u
#define GATEHOUSE_LOG_INFO 1u
#define GATEHOUSE_LOG_WARNING 2u
#define GATEHOUSE_LOG_ERROR 3u

#ifdef __cplusplus
}
#endif
#endif
