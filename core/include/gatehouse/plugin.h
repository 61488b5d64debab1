/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_PLUGIN_H
#define GATEHOUSE_PLUGIN_H
/*
 * The boundary between Gatehouse and a backend plugin, in C11.
 *
 * A plugin is a shared object that exports one function, gatehouse_plugin_v1(), which returns a constant description
 * of itself. The host reads the description, creates one instance per configured backend and asks each instance
 * whether a caller may enter. Authors who write C++ use <gatehouse/plugin.hpp>, which is built on this file.
 *
 * Conventions, said once:
 *   1. Strings are as in <gatehouse/types.h>.
 *   2. No memory changes owner. The host copies what a plugin passes; a plugin copies what it wants to keep. Pointers
 *      given to a plugin are valid until the function that received them returns.
 *   3. Zero refuses. Memory that nobody wrote never means "granted".
 *   4. No C++ exception, longjmp or C++ type crosses. A plugin never links the Gatehouse library.
 *   5. Structs are frozen for the life of this major version. New features come as extensions, found by string id with
 *      a revision at its end ("gatehouse.background/1").
 *   6. Thread tags end each comment:
 *        [main]        from the thread that loads the configuration, one call at a time per process
 *        [any-thread]  from any thread, several at once on the same instance
 *        [call]        only while authenticate() runs, on the thread that runs it, with the gatehouse_call it was
 *                      given; elsewhere it does nothing. With [any-thread]: from any thread meanwhile
 *        [may block]   may take time; the host never makes the call on an event loop
 *        [no block]    must return at once
 */
#include <gatehouse/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GATEHOUSE_ABI_MAJOR 1u
#define GATEHOUSE_ABI_MINOR 0u

/* A backend's answer. Any other number is taken as GATEHOUSE_VERDICT_UNAVAILABLE. */
typedef uint32_t gatehouse_verdict;
#define GATEHOUSE_VERDICT_UNAVAILABLE 0u /* could not find out: file unreadable, directory down */
#define GATEHOUSE_VERDICT_DENIED 1u      /* known caller, wrong credential; ends the chain */
#define GATEHOUSE_VERDICT_NOT_MINE                                                                                     \
  2u                                   /* unknown caller or a credential of no concern here; the next backend is asked \
                                        */
#define GATEHOUSE_VERDICT_CHALLENGE 3u /* more is needed: see add_challenge */
#define GATEHOUSE_VERDICT_GRANTED 4u   /* proven; set_subject must have been called with a non-empty name */
#define GATEHOUSE_VERDICT_FORBIDDEN 5u /* proven, but lacks a required group or scope */

typedef struct gatehouse_host gatehouse_host; /* this instance, as the host knows it; valid from create to destroy */
typedef struct gatehouse_call gatehouse_call; /* one authenticate() call */

/*
 * What the host does for a plugin. The table outlives every instance. Texts never hold a password, a token or a piece
 * of one. Setters of a call may be repeated: the last one counts, add_ functions add.
 */
typedef struct gatehouse_host_api {
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t struct_size;

  int64_t (*wall_ms)(gatehouse_host* host);      /* since 1970 UTC; may jump. [any-thread] */
  int64_t (*monotonic_ms)(gatehouse_host* host); /* for intervals. [any-thread] */
  void (*log)(gatehouse_host* host, gatehouse_log_level level, gatehouse_str message); /* [any-thread] */
  /* Says which option create() or start() cannot accept, and why. An empty option means the backend as a whole. */
  void (*config_error)(gatehouse_host* host, gatehouse_str option, gatehouse_str message); /* [main] */

  /* Time left for this call; 0 once nobody waits for the answer. [call] [any-thread] */
  uint32_t (*remaining_ms)(gatehouse_host* host, gatehouse_call* call);
  /* The proven caller's canonical name: non-empty UTF-8 without control characters, at most 512 bytes. [call] */
  void (*set_subject)(gatehouse_host* host, gatehouse_call* call, gatehouse_str subject);
  void (*add_group)(gatehouse_host* host, gatehouse_call* call, gatehouse_str group); /* [call] */
  /* Repeat a name for several values. Doors know "email" and "name". [call] */
  void (*add_attribute)(gatehouse_host* host, gatehouse_call* call, gatehouse_str name, gatehouse_str value);
  void (*set_expiry)(gatehouse_host* host, gatehouse_call* call, int64_t wall_ms); /* the identity ends then. [call] */
  void (*set_reason)(gatehouse_host* host, gatehouse_call* call, gatehouse_reason reason); /* [call] */
  void (*set_detail)(gatehouse_host* host, gatehouse_call* call, gatehouse_str text);      /* for the log. [call] */
  void (*no_store)(gatehouse_host* host, gatehouse_call* call);                     /* never cache this. [call] */
  void (*cache_until)(gatehouse_host* host, gatehouse_call* call, int64_t wall_ms); /* nor longer than. [call] */
  /* Returns 1 if taken, 0 if it breaks a limit (then the call ends GATEHOUSE_VERDICT_UNAVAILABLE). [call] */
  int32_t (*add_challenge)(gatehouse_host* host, gatehouse_call* call, const gatehouse_challenge* challenge);
  /*
   * Call it once the account is known and before its secret is checked. Guesses are counted for this name, whatever
   * alias was typed. Returns 1 to go on; 0 to stop: return at once, the host answers "throttled". [call]
   */
  int32_t (*claim_subject)(gatehouse_host* host, gatehouse_call* call, gatehouse_str canonical);

  /* What is known of this subject is out of date: drops cached answers. Empty = of everybody. Call it after the new
   * state can be seen by authenticate(). [any-thread] */
  void (*invalidate)(gatehouse_host* host, gatehouse_str subject);
  /* Asks for one run of extension gatehouse.background/1, no sooner than in ms. The last request counts. [any-thread]
   */
  void (*wake_after)(gatehouse_host* host, uint32_t ms);
  /* NULL if this host has no such extension. [any-thread] */
  const void* (*get_extension)(gatehouse_host* host, gatehouse_str id);
} gatehouse_host_api;

/* Types of an option's value. */
#define GATEHOUSE_OPTION_TEXT 1u
#define GATEHOUSE_OPTION_TEXT_LIST 2u
#define GATEHOUSE_OPTION_BOOLEAN 3u
#define GATEHOUSE_OPTION_INTEGER 4u
#define GATEHOUSE_OPTION_DURATION 5u /* written "250ms", "5s", "10m", "2h", "1d"; given in milliseconds */
#define GATEHOUSE_OPTION_SIZE 6u     /* written "64KiB", "16MiB", "1GiB" or bytes; given in bytes */
#define GATEHOUSE_OPTION_PATH 7u     /* absolute, or relative to the configuration file; given absolute */

#define GATEHOUSE_OPTION_REQUIRED 1u
#define GATEHOUSE_OPTION_SECRET 2u /* the user writes NAME_file; the plugin receives the content of that file */

typedef struct gatehouse_option {
  uint32_t struct_size;
  uint32_t type;
  uint32_t flags;
  uint32_t reserved; /* 0 */
  gatehouse_str name;
  gatehouse_str default_value; /* as a user would write it; empty = absent unless given */
  gatehouse_str choices;       /* allowed words of a text, separated by '|'; empty = any */
  gatehouse_str help;          /* one sentence, for people */
  int64_t minimum;             /* of numbers; both 0 = not below 0 */
  int64_t maximum;
} gatehouse_option;

/* One option's value. Values come in the order of the description, `present` 0 where there is none. */
typedef struct gatehouse_option_value {
  uint32_t type;
  uint32_t present;
  int64_t number;     /* BOOLEAN (0, 1), INTEGER, DURATION, SIZE */
  gatehouse_str text; /* TEXT, PATH, and any secret */
  const gatehouse_str* list;
  size_t list_size;
} gatehouse_option_value;

#define GATEHOUSE_TRAIT_CPU 1u     /* authenticate() computes: workers run at a lower priority, as many as cores */
#define GATEHOUSE_TRAIT_NETWORK 2u /* authenticate() waits: more workers */

/* A plugin, described. Constant, and valid for as long as the shared object stays loaded: to the process's end. */
typedef struct gatehouse_plugin {
  uint32_t abi_major; /* GATEHOUSE_ABI_MAJOR; another major is refused */
  uint32_t abi_minor; /* GATEHOUSE_ABI_MINOR; a newer minor than the host's is refused */
  uint32_t struct_size;
  uint32_t credentials; /* mask of GATEHOUSE_CREDENTIAL_ */
  uint32_t traits;      /* mask of GATEHOUSE_TRAIT_ */
  uint32_t reserved;    /* 0 */
  gatehouse_str id;     /* [a-z][a-z0-9-]*, at most 32 bytes; also the file's and the configuration's word */
  gatehouse_str version;
  gatehouse_str summary;    /* one sentence */
  gatehouse_str uri_option; /* the option that the body of a URI "id:BODY?name=value" gives; empty = no such form */
  const gatehouse_option* options;
  size_t option_count;
  const gatehouse_str* attributes; /* request attributes that authenticate() reads, such as "client.address" */
  size_t attribute_count;

  /* Checks options, reads secrets; starts no thread, opens no socket. NULL on failure, after config_error(). [main]
   * [may block] */
  void* (*create)(gatehouse_host* host, const gatehouse_host_api* api, const gatehouse_option_value* values,
                  size_t value_count);
  /* Once per serving process, after fork. It may come days after create(), in another process: what create() read and
   * may have changed is looked at again here. Returns 1, or 0 after config_error(). May be NULL. [may block] */
  int32_t (*start)(void* instance);
  /* [any-thread] [may block] */
  gatehouse_verdict (*authenticate)(void* instance, const gatehouse_request* request, gatehouse_call* call);
  /* Undoes start(); no authenticate() is running or follows. May be NULL. [may block] */
  void (*stop)(void* instance);
  void (*destroy)(void* instance); /* [may block] */
  /* NULL if there is no such extension; may be NULL itself. [any-thread] [no block] */
  const void* (*get_extension)(gatehouse_str id);
} gatehouse_plugin;

/* The one exported symbol. Never returns NULL. [main] */
#define GATEHOUSE_PLUGIN_SYMBOL "gatehouse_plugin_v1"
#if defined(__GNUC__)
#define GATEHOUSE_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define GATEHOUSE_PLUGIN_EXPORT
#endif
typedef const gatehouse_plugin* (*gatehouse_plugin_function)(void);

/* ---- Extensions of a plugin ---- */

/* Work between requests: refresh keys, watch a file. A plugin starts no thread of its own. */
#define GATEHOUSE_EXT_BACKGROUND "gatehouse.background/1"
typedef struct gatehouse_background {
  /* Runs after wake_after(), at most one at a time per instance, between start() and stop(). [may block] */
  void (*run)(void* instance);
} gatehouse_background;

/* A URI form of its own, for schemes where "id:BODY?name=value" does not fit (RFC 4516). */
#define GATEHOUSE_EXT_URI "gatehouse.uri/1"
typedef struct gatehouse_uri {
  /* Calls emit once per option, with the value as a user would write it in the file (repeat a name for a list).
   * Returns 1, or 0 after error(). [main] [no block] */
  int32_t (*parse)(gatehouse_str uri, void* context,
                   void (*emit)(void* context, gatehouse_str option, gatehouse_str value),
                   void (*error)(void* context, gatehouse_str message));
} gatehouse_uri;

/* For plugins whose instances do not all take every kind of credential that the description names. */
#define GATEHOUSE_EXT_CREDENTIALS "gatehouse.credentials/1"
typedef struct gatehouse_credentials {
  /* A mask of GATEHOUSE_CREDENTIAL_, of which only what the description names counts. The same for the life of the
   * instance. Asked once, after create(). [main] [no block] */
  uint32_t (*taken_by)(const void* instance);
} gatehouse_credentials;

/* One token against one set of keys, without an instance and without a network: for people who look for a reason. */
#define GATEHOUSE_EXT_TOKEN_CHECK "gatehouse.token_check/1"
typedef struct gatehouse_token_question {
  uint32_t struct_size;
  uint32_t signature_only; /* 1: what the token says is not looked at */
  gatehouse_str token;
  gatehouse_str keys;     /* the content of a file of keys, in a form that the plugin reads */
  gatehouse_str issuer;   /* empty = any */
  gatehouse_str audience; /* empty = any */
  int64_t wall_ms;        /* the time to check for */
} gatehouse_token_question;
#define GATEHOUSE_TOKEN_REFUSED 0
#define GATEHOUSE_TOKEN_ACCEPTED 1
#define GATEHOUSE_TOKEN_NO_KEYS 2 /* `keys` cannot be used */
typedef struct gatehouse_token_check {
  /* Returns one of the numbers above, and says why in one sentence, which holds nothing of the token. [any-thread] */
  int32_t (*check)(const gatehouse_token_question* question, void* context,
                   void (*say)(void* context, gatehouse_str sentence));
} gatehouse_token_check;
/* What one check of a secret costs, for the operator: `gatehouse check` says it. */
#define GATEHOUSE_EXT_BUDGET "gatehouse.budget/1"
typedef struct gatehouse_budget {
  /* Calls add for each kind of secret that the instance has: what to call it ("bcrypt cost 12"), and how long one check
   * takes on this machine. It may measure that now. [any-thread] [may block] */
  void (*list)(void* instance, void* context, void (*add)(void* context, gatehouse_str what, uint32_t microseconds));
} gatehouse_budget;

/* ---- Extensions of the host ---- */

/* For plugins whose refusals cost computing: lets the host hold cheap refusals as long as the costliest real one. */
#define GATEHOUSE_EXT_COST "gatehouse.cost/1"
typedef struct gatehouse_cost {
  /* The longest that checking one secret takes on this machine, measured. [any-thread] */
  void (*set_refusal_cost)(gatehouse_host* host, uint32_t microseconds);
} gatehouse_cost;

/* For plugins that answer from a copy: of a file, of a set of keys. It lets what is remembered outlive the process, and
 * be shared with others that read the same source at another moment. A plugin that never names its state is taken to
 * answer from another one each time it is started: what was remembered of it before is then dropped. */
#define GATEHOUSE_EXT_SOURCE "gatehouse.source/1"
typedef struct gatehouse_source {
  /* authenticate() answers from the state of this name from now on: any bytes, the same for the same state in every
   * process (a digest; a file's identity, size and times). If it is not the state that any process named last, what was
   * remembered of `changed` is dropped, as by invalidate; with NULL, of everybody. Call it in start() always, and
   * after each change. [any-thread] */
  void (*set_state)(gatehouse_host* host, gatehouse_str name, const gatehouse_str* changed, size_t changed_count);
} gatehouse_source;

#ifdef __cplusplus
}
#endif
#endif
