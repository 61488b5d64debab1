/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

#define EVERYWHERE (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_HTTP_LMT_CONF)

static ngx_command_t commands[] = {
    {ngx_string("gatehouse"), EVERYWHERE | NGX_CONF_TAKE1, ngx_http_gatehouse_set_text, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_gatehouse_loc_conf_t, text), NULL},
    {ngx_string("gatehouse_config"), EVERYWHERE | NGX_CONF_TAKE1, ngx_http_gatehouse_set_config,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("gatehouse_backend"), EVERYWHERE | NGX_CONF_TAKE1, ngx_http_gatehouse_add_backend,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("gatehouse_set_headers"), EVERYWHERE | NGX_CONF_FLAG, ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_gatehouse_loc_conf_t, set_headers), NULL},
    {ngx_string("gatehouse_forward_authorization"), EVERYWHERE | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_gatehouse_loc_conf_t, forward_authorization), NULL},
    {ngx_string("gatehouse_zone"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE2, ngx_http_gatehouse_set_zone,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
    ngx_null_command,
};

static ngx_int_t add_handler(ngx_conf_t* cf, ngx_uint_t phase, ngx_http_handler_pt handler) {
  ngx_http_core_main_conf_t* core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  ngx_http_handler_pt* place = ngx_array_push(&core->phases[phase].handlers);
  if (place == NULL) return NGX_ERROR;
  *place = handler;
  return NGX_OK;
}

/* Before any access module: what a request brought into this location does not count there unless it was vouched for
 * by the realm that is asked there. */
static ngx_int_t preaccess_handler(ngx_http_request_t* r) {
  static u_char nobody[] = "";
  const ngx_http_gatehouse_loc_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);
  if (r != r->main) return NGX_DECLINED;
  ngx_http_gatehouse_ctx_t* ctx = ngx_http_gatehouse_find_ctx(r);
  if (ctx != NULL) ngx_http_gatehouse_unpark(ctx); /* led here from where it waited, as post_action does */
  ngx_http_gatehouse_question_t question;
  const ngx_int_t rc = ngx_http_gatehouse_question(r, conf, &question);
  if (rc == NGX_DECLINED) {
    if (r->headers_in.user.data == nobody) {
      ngx_str_null(&r->headers_in.user); /* nginx reads Authorization again */
      ngx_http_gatehouse_renew_remote_user(r);
    }
    return NGX_DECLINED;
  }
  if (rc != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  if (ctx != NULL && ctx->question.realm == question.realm && ctx->granted) return NGX_DECLINED;
  if (ctx != NULL && ctx->question.realm != question.realm && ngx_http_gatehouse_forget(r, ctx) != NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  /* Nobody yet: $remote_user is not what somebody claims to be. */
  r->headers_in.user.len = 0;
  r->headers_in.user.data = nobody;
  ngx_str_null(&r->headers_in.passwd);
  ngx_http_gatehouse_renew_remote_user(r);
  return NGX_DECLINED;
}

static ngx_int_t postconfiguration(ngx_conf_t* cf) {
  ngx_http_gatehouse_warn_of_unused(cf);
  if (add_handler(cf, NGX_HTTP_POST_READ_PHASE, ngx_http_gatehouse_post_read_handler) != NGX_OK ||
      add_handler(cf, NGX_HTTP_PREACCESS_PHASE, preaccess_handler) != NGX_OK ||
      add_handler(cf, NGX_HTTP_ACCESS_PHASE, ngx_http_gatehouse_access_handler) != NGX_OK ||
      add_handler(cf, NGX_HTTP_PRECONTENT_PHASE, ngx_http_gatehouse_precontent_handler) != NGX_OK) {
    return NGX_ERROR;
  }
  return NGX_OK;
}

static ngx_http_module_t context = {
    ngx_http_gatehouse_add_variables,    postconfiguration,
    ngx_http_gatehouse_create_main_conf, NULL,
    ngx_http_gatehouse_create_srv_conf,  ngx_http_gatehouse_merge_srv_conf,
    ngx_http_gatehouse_create_loc_conf,  ngx_http_gatehouse_merge_loc_conf,
};

ngx_module_t ngx_http_gatehouse_module = {
    NGX_MODULE_V1,
    &context,
    commands,
    NGX_HTTP_MODULE,
    NULL, /* init_master */
    NULL, /* init_module */
    ngx_http_gatehouse_init_process,
    NULL, /* init_thread */
    NULL, /* exit_thread */
    ngx_http_gatehouse_exit_process,
    NULL, /* exit_master */
    NGX_MODULE_V1_PADDING,
};

static ngx_http_module_t filter_context = {
    ngx_http_gatehouse_count_variables, ngx_http_gatehouse_init_filters, NULL, NULL, NULL, NULL, NULL, NULL};

ngx_module_t ngx_http_gatehouse_filter_module = {
    NGX_MODULE_V1, &filter_context,       NULL, NGX_HTTP_MODULE, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL,          NGX_MODULE_V1_PADDING,
};

/*
 * What nginx looks for in a shared object. The order says: the door before the access module, so that its handler runs
 * after `allow` and `deny` (handlers of a phase run in reverse) and before auth_basic and auth_request; the filter
 * before the copy filter, where modules with a response of their own stand.
 */
extern ngx_module_t* ngx_modules[];
extern char* ngx_module_names[];
extern char* ngx_module_order[];
#define SEEN_BY_NGINX __attribute__((visibility("default")))
SEEN_BY_NGINX ngx_module_t* ngx_modules[] = {&ngx_http_gatehouse_module, &ngx_http_gatehouse_filter_module,
                                             &ngx_gatehouse_core_module, NULL};
SEEN_BY_NGINX char* ngx_module_names[] = {"ngx_http_gatehouse_module", "ngx_http_gatehouse_filter_module",
                                          "ngx_gatehouse_core_module", NULL};
SEEN_BY_NGINX char* ngx_module_order[] = {"ngx_http_gatehouse_module", "ngx_http_access_module",
                                          "ngx_http_gatehouse_filter_module", "ngx_http_copy_filter_module", NULL};
