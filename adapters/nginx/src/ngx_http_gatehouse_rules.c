/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

/* As it was sent: nginx makes GET of it when it leads on to an error page or to where X-Accel-Redirect says. */
static gatehouse_str method_of(const ngx_http_request_t* r) {
  ngx_str_t method = r->request_line;
  const u_char* end = ngx_strlchr(method.data, method.data + method.len, ' ');
  if (end == NULL) return ngx_http_gatehouse_str(r->method_name);
  method.len = (size_t)(end - method.data);
  return ngx_http_gatehouse_str(method);
}

ngx_int_t ngx_http_gatehouse_judge(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx,
                                   const ngx_http_gatehouse_source_t* source) {
  static const gatehouse_str local = {"unix", 4};
  if (ctx->judged == source) return NGX_OK;
  ctx->judged = source;
  ctx->ruling = GATEHOUSE_HTTP_LOGIN;
  ctx->rule = NULL;
  if (source->rules == NULL) return NGX_OK;
  gatehouse_http_question question;
  ngx_memzero(&question, sizeof question);
  question.struct_size = sizeof question;
  question.method = method_of(r);
  question.target = ngx_http_gatehouse_str(r->unparsed_uri);
  question.host = ngx_http_gatehouse_str(r->headers_in.server);
  question.from =
      r->connection->sockaddr->sa_family == AF_UNIX ? local : ngx_http_gatehouse_str(r->connection->addr_text);
  question.headers = ngx_http_gatehouse_header_pairs(r, &question.header_count);
  if (question.headers == NULL) {
    ctx->judged = NULL;
    return NGX_ERROR;
  }
  ctx->ruling = gatehouse_http_judge(source->rules, &question, &ctx->rule, &ctx->why);
  return NGX_OK;
}

void ngx_http_gatehouse_log_lacking(ngx_http_request_t* r, const ngx_http_gatehouse_ctx_t* ctx) {
  if (!ngx_http_gatehouse_may_write(r, NGX_LOG_WARN)) return;
  char subject[GATEHOUSE_LOG_SAFE_SIZE];
  ngx_str_t name = ngx_http_gatehouse_text(gatehouse_http_rule_name(ctx->rule));
  ngx_str_t asks = ngx_http_gatehouse_text(gatehouse_http_rule_requirement(ctx->rule));
  ngx_log_error(NGX_LOG_WARN, r->connection->log, 0, "gatehouse: \"%s\" may not do this: %V asks for %V; answered 403",
                gatehouse_log_safe(gatehouse_decision_subject(ctx->decision), subject), &name, &asks);
}
