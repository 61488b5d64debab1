/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_H
#define GATEHOUSE_H
/*
 * The host API in C: for nginx, PAM, and any server that does not speak C++. It says the same as
 * <gatehouse/runtime.hpp>.
 *
 * Conventions, said once:
 *   1. Strings are as in <gatehouse/types.h>. Those returned stay valid as long as the object they came from.
 *   2. Functions that can fail take `char **error`: on failure it is set to a text for the operator, to be released
 *      with gatehouse_free(); on success it is not touched. NULL is allowed.
 *   3. Objects are released by the function named at their type; releasing NULL does nothing.
 *   4. Order of life: open -> load -> [fork] -> start -> questions -> stop -> close. Until start no thread exists.
 *   5. Thread tags: [owner] one thread at a time, the one that owns gatehouse_runtime_fd(); [any-thread].
 *   6. Option structs begin with their size; a library accepts the smaller structs of older headers.
 */
#include <gatehouse/types.h>

#if defined(__GNUC__)
#define GATEHOUSE_C_API __attribute__((visibility("default")))
#else
#define GATEHOUSE_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gatehouse_runtime gatehouse_runtime;   /* gatehouse_runtime_close */
typedef struct gatehouse_config gatehouse_config;     /* gatehouse_config_release */
typedef struct gatehouse_realm gatehouse_realm;       /* gatehouse_realm_release */
typedef struct gatehouse_decision gatehouse_decision; /* gatehouse_decision_release */

GATEHOUSE_C_API void gatehouse_free(char* text);
/* "1.0.0" */
GATEHOUSE_C_API const char* gatehouse_version(void);

/* `text` for a line of a log: nothing of it ends the line, controls a terminal or hides; a long one is cut. Returns
 * `into`, terminated. */
#define GATEHOUSE_LOG_SAFE_SIZE 1056u
GATEHOUSE_C_API const char* gatehouse_log_safe(gatehouse_str text, char into[GATEHOUSE_LOG_SAFE_SIZE]);

/* 1 if nobody but root, this process's effective user and the user `owner` can change what `path` leads to, and 0 if
 * others can: files and folders on the way belong to one of these, and are not writable by others. */
GATEHOUSE_C_API int gatehouse_path_is_trusted(gatehouse_str path, uint32_t owner, char** error);

/* ---- Runtime ---- */

#define GATEHOUSE_MODE_THREADS 0u
#define GATEHOUSE_MODE_INLINE 1u /* no thread, ever: decide runs on the caller's thread (PAM) */

typedef struct gatehouse_runtime_options {
  uint32_t struct_size;
  uint32_t mode;
  const gatehouse_str* plugin_dirs; /* none: the folder of this installation */
  size_t plugin_dir_count;
  /* Each log line; in dispatch, or before open, load, start, stop or decide return. May be NULL. */
  void (*log)(void* context, gatehouse_log_level level, gatehouse_str line);
  void* log_context;
  gatehouse_log_level log_level; /* the lowest that is wanted */
  /*
   * Memory for the region: what is remembered of logins and of guesses. All processes that are given the same memory
   * share both. It is the host's, from open until the last realm is released: aligned to 64 bytes, at least
   * gatehouse_region_size_min() long, and mapped before fork so that every worker has it (at any address).
   *   Who fills it: open, before fork; by one process at a time. Memory of zeros, of another version or another size,
   *   or that was damaged, is made anew and starts empty; otherwise open only joins, and what was remembered stays:
   *   that is how a reload stays warm. Nothing in it needs undoing: any process may be killed at any time.
   *   What it holds: a random key, made with it. Who can read it can test guesses, who can write it can forge logins:
   *   give it to processes of one privilege only. There are no passwords and no tokens in it.
   * NULL: memory of this process alone, sized by `[cache] entries`.
   */
  void* region_memory;
  size_t region_size;
  /* The lines of the audit log, if its sink is "log" (docs/audit.md); as `log`, with the same context, but whatever the
   * level. NULL: they go to `log`, with level info. */
  void (*audit_log)(void* context, gatehouse_str line);
} gatehouse_runtime_options;

/* The smallest region: some hundred logins. [any-thread] */
GATEHOUSE_C_API size_t gatehouse_region_size_min(void);
/* A region that remembers about so many logins at once, and guesses in proportion. [any-thread] */
GATEHOUSE_C_API size_t gatehouse_region_size_for(size_t logins);

GATEHOUSE_C_API gatehouse_runtime* gatehouse_runtime_open(const gatehouse_runtime_options* options, char** error);
/* Starts workers and backends in this process. Returns 1, or 0 with *error. [owner] */
GATEHOUSE_C_API int gatehouse_runtime_start(gatehouse_runtime* runtime, char** error);
/* Readable when there is something to dispatch; -1 before start. [owner] */
GATEHOUSE_C_API int gatehouse_runtime_fd(const gatehouse_runtime* runtime);
/* Calls back what is decided, delivers log lines. [owner] */
GATEHOUSE_C_API void gatehouse_runtime_dispatch(gatehouse_runtime* runtime);
/* Ends all threads; callbacks that have not come will not come. [owner] [may block] */
GATEHOUSE_C_API void gatehouse_runtime_stop(gatehouse_runtime* runtime);
GATEHOUSE_C_API void gatehouse_runtime_close(gatehouse_runtime* runtime);

/* Forgets every remembered login and refusal, in all processes that share the region. [any-thread] */
GATEHOUSE_C_API void gatehouse_cache_flush(gatehouse_runtime* runtime);
/* Opens the files of the audit log by their names again. [any-thread] */
GATEHOUSE_C_API void gatehouse_logs_reopen(gatehouse_runtime* runtime);
/* Forgets the guesses at this subject; with an empty one all guesses. [any-thread] */
GATEHOUSE_C_API void gatehouse_throttle_clear(gatehouse_runtime* runtime, gatehouse_str subject);

/* ---- Configuration ---- */

/* A section [http] is an error: for an HTTP door that does not read it, and shall not seem to obey it. */
#define GATEHOUSE_CONFIG_REFUSE_HTTP 1u

typedef struct gatehouse_config_options {
  uint32_t struct_size;
  uint32_t flags;                /* GATEHOUSE_CONFIG_ */
  gatehouse_str file;            /* a TOML file; or empty, and then: */
  const gatehouse_str* backends; /* URIs in chain order, forming the realm "default" */
  size_t backend_count;
  gatehouse_str display_name; /* of the URI realm */
} gatehouse_config_options;

/* Reads, checks and creates all that is named. The sections of doors ([http], [proxy], [auth_socket]) are
 * accepted unread. Returns NULL with every problem in *error. After start it also starts new backends, and may block.
 * [owner] */
GATEHOUSE_C_API gatehouse_config* gatehouse_config_load(gatehouse_runtime* runtime,
                                                        const gatehouse_config_options* options, char** error);
GATEHOUSE_C_API void gatehouse_config_release(gatehouse_config* config);

/* The file that audit lines are written to; empty: none. Until the configuration is released. */
GATEHOUSE_C_API gatehouse_str gatehouse_config_audit_file(const gatehouse_config* config);

/* The realm of that name, or with an empty name the only one. It keeps its configuration alive. [any-thread] */
GATEHOUSE_C_API gatehouse_realm* gatehouse_config_realm(const gatehouse_config* config, gatehouse_str name,
                                                        char** error);
GATEHOUSE_C_API gatehouse_str gatehouse_realm_name(const gatehouse_realm* realm);
GATEHOUSE_C_API gatehouse_str gatehouse_realm_display_name(const gatehouse_realm* realm);
/* Mask of the GATEHOUSE_CREDENTIAL_ kinds that some backend takes. */
GATEHOUSE_C_API uint32_t gatehouse_realm_credentials(const gatehouse_realm* realm);
/* The files and folders that options of its backends name: a serving process may read them again at any time. A host
 * that changes its user between load and start checks that the new one can. Empty if there is no such index. */
GATEHOUSE_C_API size_t gatehouse_realm_file_count(const gatehouse_realm* realm);
GATEHOUSE_C_API gatehouse_str gatehouse_realm_file(const gatehouse_realm* realm, size_t index);
GATEHOUSE_C_API void gatehouse_realm_release(gatehouse_realm* realm);

/* ---- Questions ---- */

typedef int32_t gatehouse_code;
#define GATEHOUSE_PENDING (-1) /* never a decision */
#define GATEHOUSE_DECISION_UNAVAILABLE 0
#define GATEHOUSE_DECISION_DENIED 1
#define GATEHOUSE_DECISION_CHALLENGE 2
#define GATEHOUSE_DECISION_MALFORMED 3
#define GATEHOUSE_DECISION_THROTTLED 4
#define GATEHOUSE_DECISION_FORBIDDEN 5
#define GATEHOUSE_DECISION_GRANTED 6

/* Never blocks. Returns the code and sets *decision (released by the caller), or returns GATEHOUSE_PENDING and sets it
 * to NULL. [any-thread] */
GATEHOUSE_C_API gatehouse_code gatehouse_try_decide(const gatehouse_realm* realm, const gatehouse_request* request,
                                                    gatehouse_decision** decision);
/* Blocks at most timeout_ms (0: the realm's deadline). [any-thread] */
GATEHOUSE_C_API gatehouse_code gatehouse_decide(const gatehouse_realm* realm, const gatehouse_request* request,
                                                uint32_t timeout_ms, gatehouse_decision** decision);

/* `decision` is valid during the callback; gatehouse_decision_retain keeps it. */
typedef void (*gatehouse_done)(void* context, const gatehouse_decision* decision);
/* Copies the request. `done` is called once, from gatehouse_runtime_dispatch, never from here. Returns a ticket, or 0
 * if memory ran out (then `done` is not called). [any-thread] */
GATEHOUSE_C_API uint64_t gatehouse_decide_async(const gatehouse_realm* realm, const gatehouse_request* request,
                                                uint32_t timeout_ms, gatehouse_done done, void* context);
/* After it returns, the callback of that ticket will not be called. [owner] */
GATEHOUSE_C_API void gatehouse_cancel(gatehouse_runtime* runtime, uint64_t ticket);

/* Tells the audit log that this door refuses `request` for a reason of its own, such as a credential that cannot be
 * read. Two attributes of a request are for the audit log: "door", and "request.id", by which the door's own log names
 * it. `subject` is who it is, or empty; `detail` is for the operator. [any-thread] */
GATEHOUSE_C_API void gatehouse_note_refusal(const gatehouse_realm* realm, const gatehouse_request* request,
                                            gatehouse_code code, gatehouse_reason reason, gatehouse_str subject,
                                            gatehouse_str detail);

/* ---- Decisions ---- */

GATEHOUSE_C_API gatehouse_decision* gatehouse_decision_retain(const gatehouse_decision* decision);
GATEHOUSE_C_API void gatehouse_decision_release(gatehouse_decision* decision);
/* NULL counts as unavailable. */
GATEHOUSE_C_API gatehouse_code gatehouse_decision_code(const gatehouse_decision* decision);
GATEHOUSE_C_API gatehouse_reason gatehouse_decision_reason(const gatehouse_decision* decision);
GATEHOUSE_C_API gatehouse_str gatehouse_decision_subject(const gatehouse_decision* decision);
/* The account that is asked about, if a backend knows it, also of a refusal. Where it is empty, what was typed as a
 * name may be a password: do not log it. */
GATEHOUSE_C_API gatehouse_str gatehouse_decision_claimed(const gatehouse_decision* decision);
GATEHOUSE_C_API gatehouse_str gatehouse_decision_backend(const gatehouse_decision* decision);
GATEHOUSE_C_API size_t gatehouse_decision_group_count(const gatehouse_decision* decision);
GATEHOUSE_C_API gatehouse_str gatehouse_decision_group(const gatehouse_decision* decision, size_t index);
GATEHOUSE_C_API size_t gatehouse_decision_attribute_count(const gatehouse_decision* decision);
GATEHOUSE_C_API gatehouse_pair gatehouse_decision_attribute(const gatehouse_decision* decision, size_t index);
/* Milliseconds since 1970; 0 = the identity has no end of its own. */
GATEHOUSE_C_API int64_t gatehouse_decision_expiry_ms(const gatehouse_decision* decision);
/* Seconds; 0 = not known. */
GATEHOUSE_C_API uint32_t gatehouse_decision_retry_after(const gatehouse_decision* decision);
/* For the log, never for the caller. */
GATEHOUSE_C_API gatehouse_str gatehouse_decision_detail(const gatehouse_decision* decision);
GATEHOUSE_C_API size_t gatehouse_decision_challenge_count(const gatehouse_decision* decision);
/* One challenge without its parameters; pointers live as long as the decision. */
typedef struct gatehouse_challenge_head {
  uint32_t kind; /* GATEHOUSE_CHALLENGE_ */
  gatehouse_str scheme;
  gatehouse_str state;
  size_t parameter_count;
} gatehouse_challenge_head;
/* Returns 1, or 0 if there is no such index. */
GATEHOUSE_C_API int gatehouse_decision_challenge_head(const gatehouse_decision* decision, size_t index,
                                                      gatehouse_challenge_head* challenge);
GATEHOUSE_C_API gatehouse_pair gatehouse_decision_challenge_parameter(const gatehouse_decision* decision, size_t index,
                                                                      size_t parameter);
/* "granted", "bad_credential": the words of logs and variables. Never NULL. */
GATEHOUSE_C_API const char* gatehouse_code_name(gatehouse_code code);
GATEHOUSE_C_API const char* gatehouse_reason_name(gatehouse_reason reason);

#ifdef __cplusplus
}
#endif
#endif
