/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

/*
 * A parked request holds a timer: a worker that shuts down waits for those, and for nothing else. The engine answers at
 * the realm's deadline, which is an hour at most; this one is longer and never decides.
 */
#define PARKED_MS ((ngx_msec_t)(3600 + 60) * 1000)

/* ---- Parked ---- */

static void resume(ngx_http_gatehouse_ctx_t* ctx, gatehouse_decision* decision) {
  ngx_http_request_t* r = ctx->request;
  ngx_connection_t* c = r->connection;
  ngx_http_set_log_request(c->log, r);
  ctx->ticket = 0;
  ctx->decision = decision;
  ctx->decided = 1;
  ctx->resumed = 1;
  c->write->delayed = 0;
  if (c->write->timer_set) ngx_del_timer(c->write);
  r->read_event_handler = ngx_http_block_reading;
  r->write_event_handler = ngx_http_core_run_phases;
  ngx_http_core_run_phases(r);
  ngx_http_run_posted_requests(c);
}

static void decided(void* context, const gatehouse_decision* decision) {
  resume(context, gatehouse_decision_retain(decision));
}

/* The connection's write event: only its timer means something. */
static void parked(ngx_http_request_t* r) {
  ngx_event_t* write = r->connection->write;
  if (write->delayed) {
    if (ngx_handle_write_event(write, 0) != NGX_OK) ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    return;
  }
  ngx_http_gatehouse_ctx_t* ctx = ngx_http_get_module_ctx(r, ngx_http_gatehouse_module);
  gatehouse_cancel(ctx->runtime, ctx->ticket);
  resume(ctx, NULL);
}

void ngx_http_gatehouse_unpark(ngx_http_gatehouse_ctx_t* ctx) {
  if (ctx->ticket == 0) return;
  ngx_event_t* write = ctx->request->connection->write;
  gatehouse_cancel(ctx->runtime, ctx->ticket);
  ctx->ticket = 0;
  write->delayed = 0;
  if (write->timer_set) ngx_del_timer(write);
}

/* The request ends, however. */
static void end(void* data) {
  ngx_http_gatehouse_unpark(data);
}

static ngx_int_t park(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx, const gatehouse_request* question) {
  ngx_connection_t* c = r->connection;
  if (!ctx->cleaned) {
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == NULL) return NGX_ERROR;
    cleanup->handler = end;
    cleanup->data = ctx;
    ctx->cleaned = 1;
  }
  ctx->ticket = gatehouse_decide_async(ctx->question.realm, question, 0, decided, ctx);
  if (ctx->ticket == 0) return NGX_OK; /* no memory: decided without a decision, which is unavailable */
  /* A client that had gone before sends no further event. */
  if (c->read->ready) {
    ngx_post_event(c->read, &ngx_posted_events);
  } else if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
    ngx_http_gatehouse_unpark(ctx);
    return NGX_ERROR;
  }
  r->read_event_handler = ngx_http_test_reading; /* notices one that goes away */
  r->write_event_handler = parked;
  c->write->delayed = 1;
  ngx_add_timer(c->write, PARKED_MS);
  return NGX_AGAIN;
}

/* ---- Asked ---- */

/* As the caller sent them: they may leave the list when a realm has taken them. */
static void keep_authorization(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  for (const ngx_list_part_t* part = &r->headers_in.headers.part; part != NULL; part = part->next) {
    const ngx_table_elt_t* headers = part->elts;
    for (ngx_uint_t i = 0; i < part->nelts; ++i) {
      if (!ngx_http_gatehouse_is_authorization(&headers[i], NULL)) continue;
      gatehouse_pair* kept = &ctx->authorization[ctx->authorizations++];
      kept->name = ngx_http_gatehouse_str(headers[i].key);
      kept->value = ngx_http_gatehouse_str(headers[i].value);
      if (ctx->authorizations == NGX_HTTP_GATEHOUSE_AUTHORIZATIONS) return;
    }
  }
}

/* As nginx's log has it: "$connection-$connection_requests". */
static gatehouse_str request_id(const ngx_http_request_t* r, u_char* room, size_t size) {
  const u_char* end = ngx_snprintf(room, size, "%uA-%ui", r->connection->number, (ngx_uint_t)r->connection->requests);
  return (gatehouse_str){(const char*)room, (size_t)(end - room)};
}

void ngx_http_gatehouse_note_refusal(ngx_http_request_t* r, const ngx_http_gatehouse_ctx_t* ctx, gatehouse_code code,
                                     gatehouse_reason reason, const char* detail) {
  u_char room[2 * NGX_ATOMIC_T_LEN + 1];
  const gatehouse_pair attributes[] = {
      {{"door", 4}, {"nginx", 5}},
      {{"request.id", 10}, request_id(r, room, sizeof room)},
      {{"client.address", 14}, ngx_http_gatehouse_str(r->connection->addr_text)},
  };
  gatehouse_request request;
  ngx_memzero(&request, sizeof request);
  request.struct_size = sizeof request;
  request.attributes = attributes;
  request.attribute_count = sizeof attributes / sizeof *attributes;
  gatehouse_note_refusal(ctx->question.realm, &request, code, reason, gatehouse_decision_subject(ctx->decision),
                         (gatehouse_str){detail, ngx_strlen(detail)});
}

/* NGX_OK: decided. NGX_AGAIN: parked. */
static ngx_int_t ask(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  char scratch[GATEHOUSE_HTTP_SCRATCH_SIZE];
  gatehouse_request request;
  ctx->credential =
      gatehouse_http_read_credential(ctx->authorization, ctx->authorizations, scratch, sizeof scratch, &request);
  if (ctx->credential == GATEHOUSE_HTTP_PRESENT && request.credential == GATEHOUSE_CREDENTIAL_BEARER &&
      gatehouse_http_token_in_query(ngx_http_gatehouse_str(r->unparsed_uri))) {
    ctx->credential = GATEHOUSE_HTTP_MALFORMED;
  }
  if (ctx->credential == GATEHOUSE_HTTP_NONE || ctx->credential == GATEHOUSE_HTTP_PRESENT) {
    u_char room[2 * NGX_ATOMIC_T_LEN + 1];
    const gatehouse_pair attributes[] = {
        {{"door", 4}, {"nginx", 5}},
        {{"request.id", 10}, request_id(r, room, sizeof room)},
        {{"client.address", 14}, ngx_http_gatehouse_str(r->connection->addr_text)},
        {{"http.method", 11}, ngx_http_gatehouse_str(r->method_name)},
        {{"http.uri", 8}, ngx_http_gatehouse_str(r->unparsed_uri)},
    };
    request.attributes = attributes;
    request.attribute_count = sizeof attributes / sizeof *attributes;
    if (gatehouse_try_decide(ctx->question.realm, &request, &ctx->decision) == GATEHOUSE_PENDING) {
      const ngx_int_t rc = park(r, ctx, &request);
      gatehouse_http_wipe(scratch, sizeof scratch);
      if (rc != NGX_OK) return rc;
    }
  }
  gatehouse_http_wipe(scratch, sizeof scratch);
  ctx->decided = 1;
  return NGX_OK;
}

/* Nobody is asked, and no credential is looked at. */
static ngx_int_t pass_anyone(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx,
                             const ngx_http_gatehouse_loc_conf_t* conf) {
  ctx->granted = 0;
  ngx_http_gatehouse_withdraw_answer(r, ctx);
  return ngx_http_gatehouse_tell_nobody(r, ctx, conf) == NGX_OK ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

/* An earlier location may have let them in, by another configuration's rules. */
static ngx_int_t refuse_lacking(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  ctx->granted = 0;
  ngx_http_gatehouse_renew_remote_user(r);
  ngx_http_gatehouse_note_refusal(r, ctx, GATEHOUSE_DECISION_FORBIDDEN, GATEHOUSE_REASON_INSUFFICIENT,
                                  "a rule asks for what this account lacks");
  return ngx_http_gatehouse_refuse_lacking(r, ctx);
}

ngx_int_t ngx_http_gatehouse_access_handler(ngx_http_request_t* r) {
  const ngx_http_gatehouse_loc_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);
  if (!conf->asks) return NGX_DECLINED;
  ngx_http_gatehouse_ctx_t* ctx = ngx_http_gatehouse_find_ctx(r);
  if (ctx == NULL || (ctx->ticket == 0 && !ctx->resumed)) {
    ngx_http_gatehouse_question_t question;
    const ngx_int_t rc = ngx_http_gatehouse_question(r, conf, &question);
    if (rc == NGX_DECLINED) return NGX_DECLINED;
    if (rc != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    ctx = ngx_http_gatehouse_get_ctx(r);
    if (ctx == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    if (ctx->question.realm != question.realm && ngx_http_gatehouse_forget(r, ctx) != NGX_OK) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ctx->question = question;
  }
  if (ctx->ticket != 0) return NGX_AGAIN;
  ctx->resumed = 0;
  if (ctx->authorizations == 0) keep_authorization(r, ctx);
  if (ngx_http_gatehouse_judge(r, ctx, conf->source) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  if (ctx->ruling == GATEHOUSE_HTTP_ANYONE) return pass_anyone(r, ctx, conf);
  if (ctx->ruling != GATEHOUSE_HTTP_LOGIN) {
    ngx_http_gatehouse_note_refusal(r, ctx, GATEHOUSE_DECISION_MALFORMED, GATEHOUSE_REASON_MALFORMED,
                                    "the rules cannot judge this request");
    return ngx_http_gatehouse_refuse_ruled_out(r, ctx);
  }
  if (!ctx->decided) {
    const ngx_int_t rc = ask(r, ctx);
    if (rc == NGX_AGAIN) return NGX_AGAIN;
    if (rc != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  if (gatehouse_decision_code(ctx->decision) != GATEHOUSE_DECISION_GRANTED) return ngx_http_gatehouse_refuse(r, ctx);
  if (!gatehouse_http_rule_allows(ctx->rule, ctx->decision)) return refuse_lacking(r, ctx);
  const ngx_int_t rc = ngx_http_gatehouse_tell(r, ctx, conf);
  if (rc == NGX_DECLINED) return ngx_http_gatehouse_refuse_too_large(r, ctx);
  if (rc != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  ngx_http_gatehouse_withdraw_answer(r, ctx);
  ctx->granted = 1;
  ngx_http_gatehouse_renew_remote_user(r);
  return NGX_OK;
}
