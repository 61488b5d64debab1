/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

static void release_ctx(void* data) {
  ngx_http_gatehouse_ctx_t* ctx = data;
  gatehouse_http_answer_release(ctx->answer);
  gatehouse_decision_release(ctx->decision);
}

/* nginx clears the contexts of modules when it redirects a request internally; its pool it keeps. */
ngx_http_gatehouse_ctx_t* ngx_http_gatehouse_find_ctx(ngx_http_request_t* r) {
  r = r->main;
  ngx_http_gatehouse_ctx_t* ctx = ngx_http_get_module_ctx(r, ngx_http_gatehouse_module);
  if (ctx != NULL || (!r->internal && !r->filter_finalize)) return ctx;
  for (const ngx_pool_cleanup_t* cleanup = r->pool->cleanup; cleanup != NULL; cleanup = cleanup->next) {
    if (cleanup->handler == release_ctx) return cleanup->data;
  }
  return NULL;
}

ngx_http_gatehouse_ctx_t* ngx_http_gatehouse_get_ctx(ngx_http_request_t* r) {
  ngx_http_gatehouse_ctx_t* ctx = ngx_http_gatehouse_find_ctx(r);
  if (ctx == NULL) {
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(r->pool, sizeof *ctx);
    if (cleanup == NULL) return NULL;
    ctx = cleanup->data;
    ngx_memzero(ctx, sizeof *ctx);
    const ngx_http_gatehouse_main_conf_t* main = ngx_http_get_module_main_conf(r, ngx_http_gatehouse_module);
    ctx->runtime = main->runtime;
    ctx->request = r;
    cleanup->handler = release_ctx;
  }
  ngx_http_set_ctx(r, ctx, ngx_http_gatehouse_module);
  return ctx;
}

/* ---- The identity ---- */

static int is_told(const ngx_table_elt_t* header, const void* data) {
  const ngx_http_gatehouse_ctx_t* ctx = data;
  for (ngx_int_t i = 0; i < ctx->fields.count; ++i) {
    const gatehouse_str name = ctx->fields.fields[i].name;
    if (header->key.len == name.size && ngx_strncasecmp(header->key.data, (u_char*)name.data, name.size) == 0) return 1;
  }
  return 0;
}

static ngx_int_t take_back(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  if (!ctx->told) return NGX_OK;
  ctx->told = 0;
  return ngx_http_gatehouse_remove_headers(r, is_told, ctx);
}

ngx_int_t ngx_http_gatehouse_forget(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  if (take_back(r, ctx) != NGX_OK) return NGX_ERROR;
  ngx_http_gatehouse_unpark(ctx);
  gatehouse_decision_release(ctx->decision);
  ctx->decision = NULL;
  ctx->decided = 0;
  ctx->resumed = 0;
  ctx->granted = 0;
  ctx->fields.made = 0;
  ctx->usual.made = 0;
  ngx_http_gatehouse_renew_remote_user(r);
  return NGX_OK;
}

/* NGX_ERROR: no memory. `identity` NULL: the usual. */
static ngx_int_t make_fields(ngx_http_request_t* r, const ngx_http_gatehouse_ctx_t* ctx,
                             const gatehouse_http_identity* identity, ngx_http_gatehouse_fields_t* into) {
  if (into->made) return NGX_OK;
  const ngx_http_gatehouse_main_conf_t* main = ngx_http_get_module_main_conf(r, ngx_http_gatehouse_module);
  char memory[GATEHOUSE_HTTP_FIELD_MEMORY];
  if (identity == NULL) identity = main->identity;
  const int count = gatehouse_http_identity_fields(identity, ctx->decision, into->fields, memory, sizeof memory);
  for (int i = 0; i < count; ++i) {
    ngx_str_t value = ngx_http_gatehouse_text(into->fields[i].value);
    const u_char* kept = ngx_pstrdup(r->main->pool, &value);
    if (kept == NULL) return NGX_ERROR;
    into->fields[i].value.data = (const char*)kept;
  }
  into->count = count;
  into->made = 1;
  return NGX_OK;
}

static ngx_int_t tell_identity(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx,
                               const ngx_http_gatehouse_source_t* source) {
  if (make_fields(r, ctx, source->identity, &ctx->fields) != NGX_OK) return NGX_ERROR;
  if (ctx->fields.count < 0) return NGX_DECLINED;
  for (ngx_int_t i = 0; i < ctx->fields.count; ++i) {
    if (ngx_http_gatehouse_add_header(r, ctx->fields.fields[i]) == NULL) return NGX_ERROR;
  }
  ctx->told = 1;
  return NGX_OK;
}

static ngx_int_t take_authorization(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  ctx->taken = 1;
  return ngx_http_gatehouse_remove_headers(r, ngx_http_gatehouse_is_authorization, NULL);
}

/* Another location took it, before nginx led the request here. */
static ngx_int_t give_authorization_back(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx) {
  if (!ctx->taken) return NGX_OK;
  ctx->taken = 0;
  for (size_t i = 0; i < ctx->authorizations; ++i) {
    ngx_table_elt_t* header = ngx_http_gatehouse_add_header(r, ctx->authorization[i]);
    if (header == NULL) return NGX_ERROR;
    if (r->headers_in.authorization == NULL) r->headers_in.authorization = header;
  }
  return NGX_OK;
}

ngx_int_t ngx_http_gatehouse_tell_nobody(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx,
                                         const ngx_http_gatehouse_loc_conf_t* conf) {
  if (take_back(r, ctx) != NGX_OK) return NGX_ERROR;
  return conf->forwards ? give_authorization_back(r, ctx) : take_authorization(r, ctx);
}

ngx_int_t ngx_http_gatehouse_tell(ngx_http_request_t* r, ngx_http_gatehouse_ctx_t* ctx,
                                  const ngx_http_gatehouse_loc_conf_t* conf) {
  ngx_int_t rc = NGX_OK;
  if (!conf->set_headers) rc = take_back(r, ctx);
  if (conf->set_headers && !ctx->told) rc = tell_identity(r, ctx, conf->source);
  if (rc != NGX_OK) return rc;
  return conf->forwards ? give_authorization_back(r, ctx) : take_authorization(r, ctx);
}

/* ---- Variables ---- */

static void set_value(ngx_http_variable_value_t* v, gatehouse_str text) {
  v->valid = 1;
  v->no_cacheable = 1; /* an internal redirect may ask another realm */
  v->not_found = text.size == 0;
  v->len = (unsigned)(text.size & 0x0FFFFFFF);
  v->data = (u_char*)text.data;
}

enum { USER_FIELD, GROUPS_FIELD, BACKEND, REASON };

static gatehouse_str field_value(const ngx_http_gatehouse_ctx_t* ctx, const char* name) {
  for (ngx_int_t i = 0; i < ctx->usual.count; ++i) {
    const gatehouse_pair* field = &ctx->usual.fields[i];
    if (field->name.size == ngx_strlen(name) && ngx_memcmp(field->name.data, name, field->name.size) == 0) {
      return field->value;
    }
  }
  return (gatehouse_str){NULL, 0};
}

static gatehouse_str reason_of(const ngx_http_gatehouse_ctx_t* ctx) {
  const char* reason = "";
  if (ctx->decided && !ctx->granted) {
    gatehouse_reason known = gatehouse_decision_reason(ctx->decision);
    if (ctx->credential == GATEHOUSE_HTTP_REFUSED) known = GATEHOUSE_REASON_BAD_CREDENTIAL;
    if (ctx->credential == GATEHOUSE_HTTP_MALFORMED) known = GATEHOUSE_REASON_MALFORMED;
    reason = gatehouse_reason_name(known);
  }
  return (gatehouse_str){reason, ngx_strlen(reason)};
}

/* nginx's own $remote_user, which reads Authorization. */
static ngx_http_get_variable_pt claimed_user;

/* Where a login is asked it is nobody until somebody was let in, however early it is read. */
static ngx_int_t get_remote_user(ngx_http_request_t* r, ngx_http_variable_value_t* v, uintptr_t data) {
  const ngx_http_gatehouse_loc_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);
  const ngx_http_gatehouse_ctx_t* ctx = ngx_http_gatehouse_find_ctx(r);
  const gatehouse_str nobody = {NULL, 0};
  const ngx_uint_t granted = ctx != NULL && ctx->granted;
  if (!granted && !conf->asks) return claimed_user(r, v, data);
  set_value(v, granted ? gatehouse_decision_subject(ctx->decision) : nobody);
  return NGX_OK;
}

/* Formats of the log take what was read last, cacheable or not. */
void ngx_http_gatehouse_renew_remote_user(ngx_http_request_t* r) {
  const ngx_http_gatehouse_main_conf_t* main = ngx_http_get_module_main_conf(r, ngx_http_gatehouse_module);
  ngx_http_variable_value_t* read = &r->variables[main->remote_user];
  read->valid = 0;
  read->not_found = 0;
}

static ngx_int_t get_variable(ngx_http_request_t* r, ngx_http_variable_value_t* v, uintptr_t which) {
  ngx_http_gatehouse_ctx_t* ctx = ngx_http_gatehouse_find_ctx(r);
  const gatehouse_str nothing = {NULL, 0};
  set_value(v, nothing);
  if (ctx == NULL) return NGX_OK;
  if (which == REASON) set_value(v, reason_of(ctx));
  if (!ctx->granted) return NGX_OK;
  if (which == BACKEND) set_value(v, gatehouse_decision_backend(ctx->decision));
  if (which != USER_FIELD && which != GROUPS_FIELD) return NGX_OK;
  if (make_fields(r, ctx, NULL, &ctx->usual) != NGX_OK) return NGX_ERROR;
  if (ctx->usual.count < 0 && ngx_http_gatehouse_may_write(r, NGX_LOG_ERR)) {
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "gatehouse: an identity over 8192 bytes");
  }
  set_value(v, field_value(ctx, which == USER_FIELD ? "Remote-User" : "Remote-Groups"));
  return NGX_OK;
}

/* It cannot be added: it is there, and not changeable. nginx makes a new one for each configuration. */
static ngx_int_t take_over_remote_user(ngx_conf_t* cf) {
  ngx_str_t name = ngx_string("remote_user");
  ngx_http_gatehouse_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_gatehouse_module);
  const ngx_http_core_main_conf_t* core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  const ngx_hash_key_t* keys = core->variables_keys->keys.elts;
  for (ngx_uint_t i = 0; i < core->variables_keys->keys.nelts; ++i) {
    if (keys[i].key.len != name.len || ngx_strncmp(keys[i].key.data, name.data, name.len) != 0) continue;
    ngx_http_variable_t* variable = keys[i].value;
    claimed_user = variable->get_handler;
    variable->get_handler = get_remote_user;
    variable->flags |= NGX_HTTP_VAR_NOCACHEABLE;
    main->remote_user = ngx_http_get_variable_index(cf, &name);
    return main->remote_user != NGX_ERROR ? NGX_OK : NGX_ERROR;
  }
  ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "gatehouse: this nginx has no $remote_user");
  return NGX_ERROR;
}

ngx_int_t ngx_http_gatehouse_add_variables(ngx_conf_t* cf) {
  static const struct {
    ngx_str_t name;
    uintptr_t which;
  } variables[] = {
      {ngx_string("gatehouse_subject"), USER_FIELD},
      {ngx_string("gatehouse_groups"), GROUPS_FIELD},
      {ngx_string("gatehouse_backend"), BACKEND},
      {ngx_string("gatehouse_reason"), REASON},
  };
  for (size_t i = 0; i < sizeof variables / sizeof *variables; ++i) {
    ngx_str_t name = variables[i].name;
    ngx_http_variable_t* variable = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
    if (variable == NULL) return NGX_ERROR;
    variable->get_handler = get_variable;
    variable->data = variables[i].which;
  }
  return take_over_remote_user(cf);
}
