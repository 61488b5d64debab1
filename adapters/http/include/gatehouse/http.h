/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_HTTP_H
#define GATEHOUSE_HTTP_H
/*
 * What every HTTP door shares, in C: the credential in a request's headers, the answer for a decision, and the headers
 * that tell a service who the caller is. It says the same as <gatehouse/http.hpp>. No socket is touched here.
 *
 * Conventions are those of <gatehouse/gatehouse.h>. Besides:
 *   1. A header is a gatehouse_pair: name without colon, value without white space around it. Repeated fields are
 *      separate entries. A door gives only names that are tokens (RFC 9110, 5.1).
 *   2. Everything here may be called from any thread, and none of it blocks.
 *   3. NULL never crashes: what each function makes of it is a refusal, said at the function.
 */
#include <gatehouse/gatehouse.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The credential ---- */

typedef int32_t gatehouse_http_state;
#define GATEHOUSE_HTTP_NONE 0      /* no Authorization: ask the engine with the request as filled in */
#define GATEHOUSE_HTTP_PRESENT 1   /* *request holds it */
#define GATEHOUSE_HTTP_REFUSED 2   /* can never be right: gatehouse_http_answer_refused, without asking the engine */
#define GATEHOUSE_HTTP_MALFORMED 3 /* the request is broken: gatehouse_http_answer_malformed, close */

/* Enough for every user name and password that the engine takes. */
#define GATEHOUSE_HTTP_SCRATCH_SIZE 8192u

/*
 * Reads Basic (RFC 7617) and Bearer (RFC 6750), strictly. Fills *request: struct_size and the credential, all else
 * empty; the door adds attributes. The request borrows from the headers and from `scratch`, where a password is
 * decoded; wipe that once the engine has answered or copied. Allocates nothing. Unless the answer is PRESENT, `scratch`
 * holds nothing of the credential. A NULL request, or NULL headers with a count, is MALFORMED; a password that does not
 * fit the scratch is REFUSED.
 */
GATEHOUSE_C_API gatehouse_http_state gatehouse_http_read_credential(const gatehouse_pair* headers, size_t header_count,
                                                                    char* scratch, size_t scratch_size,
                                                                    gatehouse_request* request);

/* 1 if the query of a request names a token too (`access_token`: RFC 6750, 2.3). Gatehouse takes none from there; but a
 * request that brings one in Authorization as well is malformed (RFC 6750, 2), for the service may believe the other.
 */
GATEHOUSE_C_API int gatehouse_http_token_in_query(gatehouse_str target);

/* Overwrites in a way that the compiler keeps. */
GATEHOUSE_C_API void gatehouse_http_wipe(char* memory, size_t size);

/* ---- Answers ---- */

/* Who asks, and for what. NULL stands for a program that asks an unnamed realm. */
typedef struct gatehouse_http_asker {
  uint32_t struct_size;
  uint32_t credentials; /* mask of GATEHOUSE_CREDENTIAL_ kinds to offer; read only when realm is NULL */
  const gatehouse_realm* realm;
  gatehouse_str display_name; /* shown instead of the realm's own; empty: the realm's */
  gatehouse_str method;
  const gatehouse_pair* headers; /* all, or at least Accept, Sec-Fetch-Mode, Sec-Fetch-Dest and X-Requested-With */
  size_t header_count;
} gatehouse_http_asker;

/* A whole response. Owns its strings. */
typedef struct gatehouse_http_answer gatehouse_http_answer; /* gatehouse_http_answer_release */

/* The answer for a decision that is not granted. NULL decision: unavailable. Granted: 500, a door's mistake.
 * Each of the four returns NULL only if memory ran out; the readers below make a bare 503 of that. */
GATEHOUSE_C_API gatehouse_http_answer* gatehouse_http_answer_decision(const gatehouse_decision* decision,
                                                                      const gatehouse_http_asker* asker);
/* For GATEHOUSE_HTTP_REFUSED: the same bytes as for a denied decision. */
GATEHOUSE_C_API gatehouse_http_answer* gatehouse_http_answer_refused(const gatehouse_http_asker* asker);
/* For GATEHOUSE_HTTP_MALFORMED, and for a token in two places: 400. */
GATEHOUSE_C_API gatehouse_http_answer* gatehouse_http_answer_malformed(const gatehouse_http_asker* asker);
/* For faults that have nothing to do with who asks. `message` is one fixed sentence for the caller. */
GATEHOUSE_C_API gatehouse_http_answer* gatehouse_http_answer_fault(int status, gatehouse_str message,
                                                                   const gatehouse_http_asker* asker);
GATEHOUSE_C_API void gatehouse_http_answer_release(gatehouse_http_answer* answer);

GATEHOUSE_C_API int gatehouse_http_answer_status(const gatehouse_http_answer* answer);
GATEHOUSE_C_API size_t gatehouse_http_answer_header_count(const gatehouse_http_answer* answer);
/* Content-Type and Content-Length are among them. Empty if there is no such index. */
GATEHOUSE_C_API gatehouse_pair gatehouse_http_answer_header(const gatehouse_http_answer* answer, size_t index);
/* To be left out for HEAD. */
GATEHOUSE_C_API gatehouse_str gatehouse_http_answer_body(const gatehouse_http_answer* answer);
/* 1 if the connection must end after it. */
GATEHOUSE_C_API int gatehouse_http_answer_close(const gatehouse_http_answer* answer);

/* "Unauthorized" for 401; "Unknown" for numbers without a name. Static. */
GATEHOUSE_C_API const char* gatehouse_http_status_text(int status);

/* ---- Identity headers ---- */

/* What the service is told, and how. An empty name: that is not told. */
typedef struct gatehouse_http_names {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  gatehouse_str user;
  gatehouse_str groups;
  gatehouse_str email;
  gatehouse_str name;
  const gatehouse_str* forward_groups; /* patterns with '*'; only groups that match one are told; none: none */
  size_t forward_group_count;
} gatehouse_http_names;

/* Fills in the usual: Remote-User, Remote-Groups, Remote-Email, Remote-Name, all groups. */
GATEHOUSE_C_API void gatehouse_http_names_init(gatehouse_http_names* names);

typedef struct gatehouse_http_identity gatehouse_http_identity; /* gatehouse_http_identity_release */

/* Copies `names` (NULL: the usual). Returns NULL with *error if a name cannot carry an identity. Made once, when the
 * door's own configuration is read. */
GATEHOUSE_C_API gatehouse_http_identity* gatehouse_http_identity_create(const gatehouse_http_names* names,
                                                                        char** error);
/* As the section [http] of a configuration file says, which may be missing. *forward_authorization is set to 1 or 0:
 * whether the service is told the Authorization that signed the caller in. NULL with *error if the section is wrong. */
GATEHOUSE_C_API gatehouse_http_identity* gatehouse_http_identity_read(gatehouse_str file, int* forward_authorization,
                                                                      char** error);
GATEHOUSE_C_API void gatehouse_http_identity_release(gatehouse_http_identity* identity);

/* 1 if a caller's own field of this name must be removed before the request goes on, whether or not a login was asked.
 * NULL identity: only the names that services commonly believe. Allocates nothing. */
GATEHOUSE_C_API int gatehouse_http_is_protected(const gatehouse_http_identity* identity, gatehouse_str name);

#define GATEHOUSE_HTTP_FIELD_MAX 4u
#define GATEHOUSE_HTTP_FIELD_MEMORY 8192u

/*
 * Writes the fields for a granted decision into fields[GATEHOUSE_HTTP_FIELD_MAX] and returns how many (0 when every
 * name is empty). Names borrow from `identity`, values from `memory` (GATEHOUSE_HTTP_FIELD_MEMORY is always enough).
 * Returns -1 if they are over the limit, if the decision is not granted or names nobody, or if an argument is NULL:
 * then answer 403 and log; tell the service nothing. Allocates nothing.
 */
GATEHOUSE_C_API int gatehouse_http_identity_fields(const gatehouse_http_identity* identity,
                                                   const gatehouse_decision* decision, gatehouse_pair* fields,
                                                   char* memory, size_t memory_size);

/* ---- Rules ---- */

/* The rules [[http.rules]] of a configuration: who may do what. See docs/rules.md. */
typedef struct gatehouse_http_rules gatehouse_http_rules; /* gatehouse_http_rules_release */
typedef struct gatehouse_http_rule gatehouse_http_rule;   /* borrows from its rules */

/*
 * Reads the section [http] with its rules from a configuration file, and nothing else of it: no backend, no plugin. A
 * file without rules is fine: then every request is a LOGIN. NULL with *error if it cannot be read or a rule says
 * nothing; a door must then not start. A door that loads a configuration has to ask its rules, or to refuse a
 * configuration for which gatehouse_http_rules_count is not 0.
 */
GATEHOUSE_C_API gatehouse_http_rules* gatehouse_http_rules_read(gatehouse_str file, char** error);
GATEHOUSE_C_API void gatehouse_http_rules_release(gatehouse_http_rules* rules);
GATEHOUSE_C_API size_t gatehouse_http_rules_count(const gatehouse_http_rules* rules);

typedef struct gatehouse_http_question {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  gatehouse_str method;
  gatehouse_str target; /* path and query as received, or "*"; what is passed on must be the same, byte for byte */
  gatehouse_str host;   /* with or without port; empty: none was given */
  gatehouse_str from;   /* the caller's address, or "unix" */
  const gatehouse_pair* headers;
  size_t header_count;
} gatehouse_http_question;

typedef int32_t gatehouse_http_ruling;
#define GATEHOUSE_HTTP_RULED_OUT 0 /* cannot be judged: gatehouse_http_answer_fault(400, *why, ...), close */
#define GATEHOUSE_HTTP_LOGIN                                                                                           \
  1                             /* ask the engine; if it grants, gatehouse_http_rule_allows(*rule, ...), else as usual \
                                 */
#define GATEHOUSE_HTTP_ANYONE 2 /* pass on without asking the engine; tell the service nobody's name */

/*
 * Allocates nothing. *rule is the one that decides, NULL if none matched; *why is one fixed sentence, only when ruled
 * out. NULL rules or a NULL question is RULED_OUT; `rule` and `why` may be NULL. No header needs to be given but those
 * that could override the method.
 */
GATEHOUSE_C_API gatehouse_http_ruling gatehouse_http_judge(const gatehouse_http_rules* rules,
                                                           const gatehouse_http_question* question,
                                                           const gatehouse_http_rule** rule, gatehouse_str* why);
/* 1 if a granted decision names somebody whom the rule lets in; NULL rule: every login. 0 for a decision that is NULL
 * or not granted, and then or otherwise the answer is 403. Allocates nothing. */
GATEHOUSE_C_API int gatehouse_http_rule_allows(const gatehouse_http_rule* rule, const gatehouse_decision* decision);
/* For a log: which rule it is, as "rule 3 (FILE:LINE)", and what it asks for. Borrowed from the rules. */
GATEHOUSE_C_API gatehouse_str gatehouse_http_rule_name(const gatehouse_http_rule* rule);
GATEHOUSE_C_API gatehouse_str gatehouse_http_rule_requirement(const gatehouse_http_rule* rule);

#ifdef __cplusplus
}
#endif
#endif
