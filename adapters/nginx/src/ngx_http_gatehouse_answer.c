/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

/*
 * A refusal is a status that the access phase returns, so that `satisfy`, auth_delay and error_page do with it what
 * they do with any. Its headers are set at once; its body takes the place of the page that nginx would send.
 */

static ngx_http_output_header_filter_pt next_header_filter;
static ngx_http_output_body_filter_pt next_body_filter;

static int is_named(gatehouse_str name, const char* wanted) {
  return name.size == ngx_strlen(wanted) && ngx_strncasecmp((u_char*)name.data, (u_char*)wanted, name.size) == 0;
}

/* Of the page, not of the refusal: they go only with it. */
static int belongs_to_body(gatehouse_str name) {
  return is_named(name, "Content-Type") || is_named(name, "Content-Length") ||
         is_named(name, "Content-Security-Policy") || is_named(name, "Referrer-Policy");
}

static ngx_int_t send_header(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx, gatehouse_pair field) {
  if (ctx->sent_count == NGX_HTTP_GATEHOUSE_ANSWER_HEADERS) return NGX_OK;
  ngx_table_elt_t* header = ngx_list_push(&r->headers_out.headers);
  if (header == NULL) return NGX_ERROR;
  ngx_memzero(header, sizeof *header);
  header->hash = 1;
  header->key = ngx_http_gatehouse_text(field.name); /* both live as long as the answer: to the request's end */
  header->value = ngx_http_gatehouse_text(field.value);
  ctx->sent[ctx->sent_count++] = header;
  if (is_named(field.name, "Location")) r->headers_out.location = header;
  if (is_named(field.name, "WWW-Authenticate")) {
#if (nginx_version >= 1023000)
    ngx_table_elt_t** last = &r->headers_out.www_authenticate;
    while (*last != NULL) last = &(*last)->next;
    *last = header;
#else
    if (r->headers_out.www_authenticate == NULL) r->headers_out.www_authenticate = header;
#endif
  }
  return NGX_OK;
}

static void forget_sent(ngx_http_request_t* r, const ngx_http_gatehouse_ctx_t* ctx) {
  for (ngx_uint_t i = 0; i < ctx->sent_count; ++i) {
    const ngx_table_elt_t* gone = ctx->sent[i];
    if (r->headers_out.location == gone) r->headers_out.location = NULL;
#if (nginx_version >= 1023000)
    ngx_table_elt_t** at = &r->headers_out.www_authenticate;
    while (*at != NULL && *at != gone) at = &(*at)->next;
    if (*at != NULL) *at = gone->next;
#else
    if (r->headers_out.www_authenticate == gone) r->headers_out.www_authenticate = NULL;
#endif
  }
}

void ngx_http_gatehouse_withdraw_answer(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  if (ctx->answer == NULL) return;
  forget_sent(r, ctx);
  for (ngx_uint_t i = 0; i < ctx->sent_count; ++i) {
    ctx->sent[i]->hash = 0;
    ngx_str_null(&ctx->sent[i]->key);
    ngx_str_null(&ctx->sent[i]->value);
  }
  ctx->sent_count = 0;
  gatehouse_http_answer_release(ctx->answer);
  ctx->answer = NULL;
}

/* Takes the answer over and returns its status. */
static ngx_int_t give(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx, gatehouse_http_answer* answer) {
  ngx_http_gatehouse_withdraw_answer(r, ctx);
  if (answer == NULL) return NGX_HTTP_SERVICE_UNAVAILABLE;
  ctx->answer = answer;
  const size_t count = gatehouse_http_answer_header_count(answer);
  for (size_t i = 0; i < count; ++i) {
    const gatehouse_pair field = gatehouse_http_answer_header(answer, i);
    if (!belongs_to_body(field.name) && send_header(r, ctx, field) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  if (gatehouse_http_answer_close(answer)) r->keepalive = 0;
  return gatehouse_http_answer_status(answer);
}

static ngx_int_t fill_asker(ngx_http_request_t* r, const ngx_http_gatehouse_ctx_t* ctx, gatehouse_http_asker* asker) {
  ngx_memzero(asker, sizeof *asker);
  asker->struct_size = sizeof *asker;
  asker->realm = ctx->question.realm;
  asker->display_name = ngx_http_gatehouse_str(ctx->question.shown);
  asker->method = ngx_http_gatehouse_str(r->method_name);
  asker->headers = ngx_http_gatehouse_header_pairs(r, &asker->header_count);
  return asker->headers != NULL ? NGX_OK : NGX_ERROR;
}

/* For the operator. nginx adds who asked for what. */
static void log_refusal(ngx_http_request_t* r, const ngx_http_gatehouse_ctx_t* ctx) {
  const gatehouse_code code = gatehouse_decision_code(ctx->decision);
  const gatehouse_reason reason = gatehouse_decision_reason(ctx->decision);
  const ngx_uint_t level = code == GATEHOUSE_DECISION_UNAVAILABLE     ? NGX_LOG_ERR
                           : reason == GATEHOUSE_REASON_NO_CREDENTIAL ? NGX_LOG_INFO
                                                                      : NGX_LOG_WARN;
  if (!ngx_http_gatehouse_may_write(r, level)) return;
  ngx_str_t name = ngx_http_gatehouse_text(gatehouse_realm_name(ctx->question.realm));
  ngx_str_t detail = ngx_http_gatehouse_text(gatehouse_decision_detail(ctx->decision));
  ngx_log_error(level, r->connection->log, 0, "gatehouse: realm \"%V\": %s (%s)%s%V", &name, gatehouse_code_name(code),
                gatehouse_reason_name(reason), detail.len != 0 ? ": " : "", &detail);
}

ngx_int_t ngx_http_gatehouse_refuse(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  gatehouse_http_asker asker;
  if (fill_asker(r, ctx, &asker) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  switch (ctx->credential) {
    case GATEHOUSE_HTTP_MALFORMED:
      if (ngx_http_gatehouse_may_write(r, NGX_LOG_INFO)) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "gatehouse: more than one Authorization field, or a token there and in the query");
      }
      ngx_http_gatehouse_note_refusal(r, ctx, GATEHOUSE_DECISION_MALFORMED, GATEHOUSE_REASON_MALFORMED,
                                      "more than one credential");
      r->keepalive = 0;
      return give(r, ctx, gatehouse_http_answer_malformed(&asker));
    case GATEHOUSE_HTTP_REFUSED:
      if (ngx_http_gatehouse_may_write(r, NGX_LOG_WARN)) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "gatehouse: denied: Authorization holds no user and password, and no token, that can be right");
      }
      ngx_http_gatehouse_note_refusal(r, ctx, GATEHOUSE_DECISION_DENIED, GATEHOUSE_REASON_BAD_CREDENTIAL,
                                      "no credential that can be read");
      return give(r, ctx, gatehouse_http_answer_refused(&asker));
    default:
      log_refusal(r, ctx);
      return give(r, ctx, gatehouse_http_answer_decision(ctx->decision, &asker));
  }
}

ngx_int_t ngx_http_gatehouse_refuse_ruled_out(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  gatehouse_http_asker asker;
  if (ngx_http_gatehouse_may_write(r, NGX_LOG_INFO)) {
    ngx_str_t why = ngx_http_gatehouse_text(ctx->why);
    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0, "gatehouse: no rule can judge this: %V", &why);
  }
  if (fill_asker(r, ctx, &asker) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  r->keepalive = 0;
  return give(r, ctx, gatehouse_http_answer_fault(NGX_HTTP_BAD_REQUEST, ctx->why, &asker));
}

static const gatehouse_str may_not = {"You are signed in, but your account may not do this.", 52};

ngx_int_t ngx_http_gatehouse_refuse_lacking(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  gatehouse_http_asker asker;
  ngx_http_gatehouse_log_lacking(r, ctx);
  if (fill_asker(r, ctx, &asker) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  return give(r, ctx, gatehouse_http_answer_fault(NGX_HTTP_FORBIDDEN, may_not, &asker));
}

ngx_int_t ngx_http_gatehouse_refuse_too_large(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  gatehouse_http_asker asker;
  if (ngx_http_gatehouse_may_write(r, NGX_LOG_ERR)) {
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "gatehouse: an identity is over 8192 bytes and is not told: answered 403. Fewer groups mend it");
  }
  ngx_http_gatehouse_note_refusal(r, ctx, GATEHOUSE_DECISION_FORBIDDEN, GATEHOUSE_REASON_INSUFFICIENT,
                                  "its identity is too large to be told to the service");
  if (fill_asker(r, ctx, &asker) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  return give(r, ctx, gatehouse_http_answer_fault(NGX_HTTP_FORBIDDEN, may_not, &asker));
}

ngx_int_t ngx_http_gatehouse_precontent_handler(ngx_http_request_t* r) {
  if (r != r->main || r->err_status != 0) return NGX_DECLINED; /* a page for a refusal keeps its headers */
  ngx_http_gatehouse_ctx_t* ctx = ngx_http_gatehouse_find_ctx(r);
  if (ctx != NULL) ngx_http_gatehouse_withdraw_answer(r, ctx);
  return NGX_DECLINED;
}

/* ---- The page ---- */

static void set_content_type(ngx_http_request_t* r, gatehouse_str value) {
  static const char parameter[] = "; charset=";
  ngx_str_t type = ngx_http_gatehouse_text(value);
  u_char* charset = ngx_strlcasestrn(type.data, type.data + type.len, (u_char*)parameter, sizeof parameter - 2);
  if (charset != NULL) {
    r->headers_out.charset.data = charset + sizeof parameter - 1;
    r->headers_out.charset.len = (size_t)(type.data + type.len - r->headers_out.charset.data);
    type.len = (size_t)(charset - type.data);
  }
  r->headers_out.content_type = type;
  r->headers_out.content_type_len = type.len;
  r->headers_out.content_type_lowcase = NULL;
}

static ngx_int_t header_filter(ngx_http_request_t* r) {
  /* The context is of this pass: a page that error_page found is left alone. */
  ngx_http_gatehouse_ctx_t* ctx = ngx_http_get_module_ctx(r, ngx_http_gatehouse_module);
  if (r != r->main || ctx == NULL || ctx->answer == NULL || ctx->replacing ||
      r->headers_out.status != (ngx_uint_t)gatehouse_http_answer_status(ctx->answer)) {
    return next_header_filter(r);
  }
  const size_t count = gatehouse_http_answer_header_count(ctx->answer);
  for (size_t i = 0; i < count; ++i) {
    const gatehouse_pair field = gatehouse_http_answer_header(ctx->answer, i);
    if (!belongs_to_body(field.name)) continue;
    if (is_named(field.name, "Content-Type")) {
      set_content_type(r, field.value);
    } else if (!is_named(field.name, "Content-Length") && send_header(r, ctx, field) != NGX_OK) {
      return NGX_ERROR;
    }
  }
  if (r->headers_out.content_length != NULL) {
    r->headers_out.content_length->hash = 0;
    r->headers_out.content_length = NULL;
  }
  r->headers_out.content_length_n = (off_t)gatehouse_http_answer_body(ctx->answer).size;
  ctx->replacing = 1;
  return next_header_filter(r);
}

static ngx_int_t body_filter(ngx_http_request_t* r, ngx_chain_t* in) {
  ngx_http_gatehouse_ctx_t* ctx = ngx_http_get_module_ctx(r, ngx_http_gatehouse_module);
  if (r != r->main || ctx == NULL || !ctx->replacing || in == NULL) return next_body_filter(r, in);
  for (ngx_chain_t* link = in; link != NULL; link = link->next) {
    link->buf->pos = link->buf->last;
    link->buf->file_pos = link->buf->file_last;
  }
  if (ctx->replaced) return NGX_OK;
  ctx->replaced = 1;
  ngx_str_t body = ngx_http_gatehouse_text(gatehouse_http_answer_body(ctx->answer));
  ngx_buf_t* buffer = ngx_calloc_buf(r->pool);
  ngx_chain_t* out = ngx_alloc_chain_link(r->pool);
  if (buffer == NULL || out == NULL) return NGX_ERROR;
  buffer->pos = body.data;
  buffer->last = body.data + body.len;
  buffer->memory = 1;
  buffer->last_buf = 1;
  buffer->last_in_chain = 1;
  out->buf = buffer;
  out->next = NULL;
  return next_body_filter(r, out);
}

ngx_int_t ngx_http_gatehouse_init_filters(ngx_conf_t* cf) {
  (void)cf;
  next_header_filter = ngx_http_top_header_filter;
  ngx_http_top_header_filter = header_filter;
  next_body_filter = ngx_http_top_body_filter;
  ngx_http_top_body_filter = body_filter;
  return NGX_OK;
}
