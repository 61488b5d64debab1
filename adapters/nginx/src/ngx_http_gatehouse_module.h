/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NGX_HTTP_GATEHOUSE_MODULE_H
#define NGX_HTTP_GATEHOUSE_MODULE_H
/*
 * The nginx door. What the files of this folder share:
 *   _module.c     directives, variables, places in nginx's phases
 *   _config.c     what the directives mean together: inheritance, loading, errors with their place
 *   _runtime.c    the engine in nginx's processes: opened in the master, started in workers, in their event loop
 *   _zone.c       memory that all workers share
 *   _access.c     one request: asked, parked, resumed
 *   _request.c    what one request knows of its login; what it tells the service and the log
 *   _headers.c    the caller's headers, entry by entry
 *   _rules.c      what [[http.rules]] of a configuration say about a request
 *   _answer.c     refusals: status, headers, page
 *   _lines.c      what requests write into the log, and how much of it
 *   _readable.c   whether workers, as the user that they become, can read what they will read again
 */
#include <ngx_config.h>

#include <gatehouse/gatehouse.h>
#include <gatehouse/http.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>

/* Where a directive stands. */
typedef struct {
  const u_char* file;
  ngx_uint_t line;
} ngx_http_gatehouse_place_t;

typedef struct {
  ngx_str_t uri;
  ngx_http_gatehouse_place_t place;
} ngx_http_gatehouse_backend_t;

typedef struct {
  ngx_str_t name;
  gatehouse_realm* realm;
} ngx_http_gatehouse_realm_t;

/* What a gatehouse_config, or all gatehouse_backend of one level, name. Lives as long as its cycle. */
typedef struct {
  ngx_str_t file;        /* empty: the backends */
  ngx_array_t* backends; /* ngx_http_gatehouse_backend_t */
  ngx_http_gatehouse_place_t place;
  gatehouse_config* config;          /* NULL: nobody has asked for it yet */
  ngx_array_t realms;                /* ngx_http_gatehouse_realm_t: those that were asked for so far */
  gatehouse_http_rules* rules;       /* NULL: every login is enough */
  gatehouse_http_identity* identity; /* what the service is told; NULL: the usual */
  int forward_authorization;
} ngx_http_gatehouse_source_t;

typedef struct ngx_http_gatehouse_zone_s ngx_http_gatehouse_zone_t;

/* Lines that strangers cause, in this process. */
typedef struct {
  time_t second;
  ngx_uint_t written; /* in that second */
  ngx_uint_t unsaid;
  ngx_event_t timer; /* to say how many */
} ngx_http_gatehouse_lines_t;

typedef struct {
  gatehouse_runtime* runtime;
  ngx_connection_t* connection; /* of the runtime's descriptor; NULL: not started in this process */
  ngx_http_gatehouse_lines_t lines;
  ngx_int_t remote_user; /* index of the variable */
  ngx_uint_t built_in;   /* variables that no directive made are the first so many */
  gatehouse_http_identity* identity;
  ngx_http_gatehouse_zone_t* zone; /* NULL: each worker remembers for itself */
  ngx_array_t sources;             /* ngx_http_gatehouse_source_t*, every one of the configuration */
} ngx_http_gatehouse_main_conf_t;

typedef struct {
  unsigned used : 1; /* `gatehouse` stands somewhere in this server, be it off */
} ngx_http_gatehouse_srv_conf_t;

typedef struct {
  ngx_http_complex_value_t* text;
  ngx_http_gatehouse_place_t place; /* of the text */
  ngx_http_gatehouse_source_t* source;
  gatehouse_realm* realm; /* when the text holds no variable */
  ngx_flag_t set_headers;
  ngx_flag_t forward_authorization; /* unset: as the source says */
  unsigned asks : 1;                /* there is a text, and it is not the word off */
  unsigned forwards : 1;            /* the Authorization that signed the caller in */
  unsigned may_be_off : 1;          /* the value of its variable may be that word */
} ngx_http_gatehouse_loc_conf_t;

/* Whom to ask here, and what a prompt shows (empty: the realm's own). */
typedef struct {
  gatehouse_realm* realm;
  ngx_str_t shown;
} ngx_http_gatehouse_question_t;

/* An identity, written for headers. Names borrow from who wrote it. */
typedef struct {
  gatehouse_pair fields[GATEHOUSE_HTTP_FIELD_MAX];
  ngx_int_t count; /* -1: too large */
  unsigned made : 1;
} ngx_http_gatehouse_fields_t;

#define NGX_HTTP_GATEHOUSE_AUTHORIZATIONS 2 /* more than one is malformed, however many */
#define NGX_HTTP_GATEHOUSE_ANSWER_HEADERS 16

/* What a request knows. Ends with the request's pool, after the log was written. */
typedef struct {
  ngx_http_request_t* request;
  gatehouse_runtime* runtime;
  ngx_http_gatehouse_question_t question;
  const ngx_http_gatehouse_source_t* judged; /* by whose rules; NULL: by none yet */
  gatehouse_http_ruling ruling;
  const gatehouse_http_rule* rule; /* NULL: none matched */
  gatehouse_str why;               /* it is ruled out */
  uint64_t ticket;                 /* 0: nothing in flight */
  gatehouse_decision* decision;    /* of the question's realm; NULL: none, or the engine was not asked */
  gatehouse_http_state credential;
  unsigned decided : 1;
  unsigned resumed : 1;   /* decided while parked, and the access phase has not seen it */
  unsigned granted : 1;   /* what the decision says is so */
  unsigned cleaned : 1;   /* the cleanup of parking is registered */
  unsigned replacing : 1; /* the body on its way is replaced by the answer's */
  unsigned replaced : 1;

  gatehouse_pair authorization[NGX_HTTP_GATEHOUSE_AUTHORIZATIONS]; /* as the caller sent it */
  size_t authorizations;
  ngx_http_gatehouse_fields_t usual;  /* for variables */
  ngx_http_gatehouse_fields_t fields; /* for the service */
  unsigned told : 1;                  /* these are among the request's headers */
  unsigned taken : 1;                 /* the authorization is no longer among them */

  gatehouse_http_answer* answer; /* the refusal */
  ngx_table_elt_t* sent[NGX_HTTP_GATEHOUSE_ANSWER_HEADERS];
  ngx_uint_t sent_count;
} ngx_http_gatehouse_ctx_t;

extern ngx_module_t ngx_http_gatehouse_module;
extern ngx_module_t ngx_http_gatehouse_filter_module;
extern ngx_module_t ngx_gatehouse_core_module;

static ngx_inline gatehouse_str ngx_http_gatehouse_str(ngx_str_t text) {
  gatehouse_str s = {(const char*)text.data, text.len};
  return s;
}
static ngx_inline ngx_str_t ngx_http_gatehouse_text(gatehouse_str s) {
  ngx_str_t text = {s.size, (u_char*)s.data};
  return text;
}

/* _config.c */
void* ngx_http_gatehouse_create_main_conf(ngx_conf_t* cf);
void* ngx_http_gatehouse_create_srv_conf(ngx_conf_t* cf);
char* ngx_http_gatehouse_merge_srv_conf(ngx_conf_t* cf, void* parent, void* child);
void* ngx_http_gatehouse_create_loc_conf(ngx_conf_t* cf);
char* ngx_http_gatehouse_merge_loc_conf(ngx_conf_t* cf, void* parent, void* child);
char* ngx_http_gatehouse_set_text(ngx_conf_t* cf, ngx_command_t* command, void* data);
char* ngx_http_gatehouse_set_config(ngx_conf_t* cf, ngx_command_t* command, void* data);
char* ngx_http_gatehouse_add_backend(ngx_conf_t* cf, ngx_command_t* command, void* data);
/* All that nginx's own modules made are there by now, and none of a directive. */
ngx_int_t ngx_http_gatehouse_count_variables(ngx_conf_t* cf);
/* Says which sources no `gatehouse` asks. */
void ngx_http_gatehouse_warn_of_unused(ngx_conf_t* cf);
/* NGX_OK with the question, NGX_DECLINED where nothing is asked, NGX_ERROR. */
ngx_int_t ngx_http_gatehouse_question(ngx_http_request_t* r, const ngx_http_gatehouse_loc_conf_t* conf,
                                      ngx_http_gatehouse_question_t* question);

/* _runtime.c */
ngx_int_t ngx_http_gatehouse_open_runtime(ngx_conf_t* cf, ngx_http_gatehouse_main_conf_t* main, char** error);
ngx_int_t ngx_http_gatehouse_init_process(ngx_cycle_t* cycle);
void ngx_http_gatehouse_exit_process(ngx_cycle_t* cycle);

/* _zone.c */
char* ngx_http_gatehouse_set_zone(ngx_conf_t* cf, ngx_command_t* command, void* data);
void ngx_http_gatehouse_use_zone(const ngx_http_gatehouse_zone_t* zone, gatehouse_runtime_options* options);

/* _lines.c */
/* Whether one more line of this level may be written about a request. What is left out is counted, and its sum told. */
ngx_uint_t ngx_http_gatehouse_may_write(ngx_http_request_t* r, ngx_uint_t level);
void ngx_http_gatehouse_end_lines(ngx_http_gatehouse_main_conf_t* main);

/* _access.c */
/* Nobody waits any more: no answer, and no timer, leads back to the request. */
void ngx_http_gatehouse_unpark(ngx_http_gatehouse_ctx_t* ctx);
ngx_int_t ngx_http_gatehouse_access_handler(ngx_http_request_t* r);
/* For the audit log: what this door refuses by itself. */
void ngx_http_gatehouse_note_refusal(ngx_http_request_t* r, const ngx_http_gatehouse_ctx_t* ctx, gatehouse_code code,
                                     gatehouse_reason reason, const char* detail);

/* _rules.c */
/* What the rules of the source say about this request, once for all its ways through nginx. */
ngx_int_t ngx_http_gatehouse_judge(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx,
                                   const ngx_http_gatehouse_source_t* source);
/* For whom the rule does not let in: says so in the log, once. */
void ngx_http_gatehouse_log_lacking(ngx_http_request_t* r, const ngx_http_gatehouse_ctx_t* ctx);

/* _request.c */
/* NULL: nothing was asked yet. */
ngx_http_gatehouse_ctx_t* ngx_http_gatehouse_find_ctx(ngx_http_request_t* r);
/* That one, or a new one; in any case the one of this pass through the phases. NULL: no memory. */
ngx_http_gatehouse_ctx_t* ngx_http_gatehouse_get_ctx(ngx_http_request_t* r);
/* Another realm will be asked: nothing of the last one's answer stays. */
ngx_int_t ngx_http_gatehouse_forget(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx);
/* A rule lets everybody pass: the service is told nobody. */
ngx_int_t ngx_http_gatehouse_tell_nobody(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx,
                                         const ngx_http_gatehouse_loc_conf_t* conf);
/* The service, $remote_user and the log learn who the caller is. */
ngx_int_t ngx_http_gatehouse_tell(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx,
                                  const ngx_http_gatehouse_loc_conf_t* conf);
ngx_int_t ngx_http_gatehouse_add_variables(ngx_conf_t* cf);
/* What was read of $remote_user so far is not what it is from now on. */
void ngx_http_gatehouse_renew_remote_user(ngx_http_request_t* r);

/* _headers.c */
typedef int (*ngx_http_gatehouse_header_pt)(const ngx_table_elt_t* header, const void* data);
/* Takes out of the request's headers every entry that `which` names. */
ngx_int_t ngx_http_gatehouse_remove_headers(ngx_http_request_t* r, ngx_http_gatehouse_header_pt which,
                                            const void* data);
/* NULL: no memory. */
ngx_table_elt_t* ngx_http_gatehouse_add_header(ngx_http_request_t* r, gatehouse_pair field);
int ngx_http_gatehouse_is_authorization(const ngx_table_elt_t* header, const void* data);
/* Post read phase: the identity headers that a caller sent. */
ngx_int_t ngx_http_gatehouse_post_read_handler(ngx_http_request_t* r);
/* All headers as pairs. NULL: no memory. */
gatehouse_pair* ngx_http_gatehouse_header_pairs(ngx_http_request_t* r, size_t* count);

/* _answer.c */
/* Makes the answer of what was decided, and gives its status. */
ngx_int_t ngx_http_gatehouse_refuse(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx);
/* The answer for an identity that is too large to be told. */
ngx_int_t ngx_http_gatehouse_refuse_ruled_out(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx);
/* Known, and not one of those whom the rule lets in. */
ngx_int_t ngx_http_gatehouse_refuse_lacking(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx);
ngx_int_t ngx_http_gatehouse_refuse_too_large(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx);
/* Takes an answer back that is not to be sent. */
void ngx_http_gatehouse_withdraw_answer(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx);
/* Precontent phase: whoever comes here was let in. */
ngx_int_t ngx_http_gatehouse_precontent_handler(ngx_http_request_t* r);
ngx_int_t ngx_http_gatehouse_init_filters(ngx_conf_t* cf);

#endif
