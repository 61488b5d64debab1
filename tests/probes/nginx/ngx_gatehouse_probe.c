/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest nginx module that stands on <gatehouse/gatehouse.h>: one directive, `gatehouse_probe URI;`. It shows
 * that the C API is enough for an event loop with processes: open and load in the master, start after fork, park a
 * request, resume it from the runtime's descriptor, cancel it when its client leaves. Not the product's nginx module.
 */
#include <ngx_config.h>

#include <gatehouse/gatehouse.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>

/* A parked request holds a timer: without one a worker that shuts down gracefully would not wait for it. It is longer
 * than any deadline of the engine. */
#define PARKED_MS 60000

typedef struct {
  ngx_http_request_t* request;
  uint64_t ticket; /* 0: nothing in flight */
  gatehouse_code code;
  unsigned answered : 1;
} probe_ctx_t;

typedef struct {
  gatehouse_config* config;
  gatehouse_realm* realm; /* NULL: the directive is not here */
} probe_loc_conf_t;

extern ngx_module_t ngx_gatehouse_probe;

/* One per process, through all reloads; the master opens it and never starts it. */
static gatehouse_runtime* runtime;
static ngx_connection_t* runtime_connection;

static gatehouse_str as_str(ngx_str_t text) {
  gatehouse_str s = {(const char*)text.data, text.len};
  return s;
}

static void log_line(void* context, gatehouse_log_level level, gatehouse_str line) {
  static const ngx_uint_t levels[] = {NGX_LOG_DEBUG, NGX_LOG_INFO, NGX_LOG_WARN, NGX_LOG_ERR};
  (void)context;
  ngx_str_t text = {line.size, (u_char*)line.data};
  ngx_log_error(levels[level > 3 ? 3 : level], ngx_cycle->log, 0, "gatehouse: %V", &text);
}

/* ---- Requests ---- */

static ngx_int_t as_status(ngx_http_request_t* r, gatehouse_code code) {
  switch (code) {
    case GATEHOUSE_DECISION_GRANTED:
      return NGX_OK;
    case GATEHOUSE_DECISION_FORBIDDEN:
      return NGX_HTTP_FORBIDDEN;
    case GATEHOUSE_DECISION_THROTTLED:
      return NGX_HTTP_TOO_MANY_REQUESTS;
    case GATEHOUSE_DECISION_MALFORMED:
      return NGX_HTTP_BAD_REQUEST;
    case GATEHOUSE_DECISION_DENIED:
    case GATEHOUSE_DECISION_CHALLENGE:
      break;
    default:
      return NGX_HTTP_SERVICE_UNAVAILABLE;
  }
  ngx_table_elt_t* header = ngx_list_push(&r->headers_out.headers);
  if (header == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  ngx_memzero(header, sizeof *header);
  header->hash = 1;
  ngx_str_set(&header->key, "WWW-Authenticate");
  ngx_str_set(&header->value, "Basic realm=\"probe\"");
  r->headers_out.www_authenticate = header;
  return NGX_HTTP_UNAUTHORIZED;
}

static void resume(probe_ctx_t* ctx, gatehouse_code code) {
  ngx_http_request_t* r = ctx->request;
  ngx_connection_t* c = r->connection;
  ctx->ticket = 0;
  ctx->answered = 1;
  ctx->code = code;
  c->write->delayed = 0;
  if (c->write->timer_set) ngx_del_timer(c->write);
  r->read_event_handler = ngx_http_block_reading;
  r->write_event_handler = ngx_http_core_run_phases;
  ngx_http_core_run_phases(r);
  ngx_http_run_posted_requests(c);
}

static void decided(void* context, const gatehouse_decision* decision) {
  resume(context, gatehouse_decision_code(decision));
}

/* The connection's write event while the request is parked: only its timer means something. */
static void parked(ngx_http_request_t* r) {
  if (r->connection->write->delayed) return;
  probe_ctx_t* ctx = ngx_http_get_module_ctx(r, ngx_gatehouse_probe);
  gatehouse_cancel(runtime, ctx->ticket);
  resume(ctx, GATEHOUSE_DECISION_UNAVAILABLE);
}

/* The request ends, however: nothing may call back into its memory. */
static void forget(void* data) {
  probe_ctx_t* ctx = data;
  if (ctx->ticket != 0) gatehouse_cancel(runtime, ctx->ticket);
  ctx->ticket = 0;
}

static ngx_int_t park(ngx_http_request_t* r, gatehouse_realm* realm, const gatehouse_request* request) {
  probe_ctx_t* ctx = ngx_pcalloc(r->pool, sizeof *ctx);
  ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
  if (ctx == NULL || cleanup == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  ctx->request = r;
  ctx->ticket = gatehouse_decide_async(realm, request, 0, decided, ctx);
  if (ctx->ticket == 0) return NGX_HTTP_SERVICE_UNAVAILABLE;
  ngx_http_set_ctx(r, ctx, ngx_gatehouse_probe);
  cleanup->handler = forget;
  cleanup->data = ctx;
  r->read_event_handler = ngx_http_test_reading; /* notices a client that goes away */
  r->write_event_handler = parked;
  if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  /* One that had gone before it was parked sends no further event. */
  if (r->connection->read->ready) {
    ngx_post_event(r->connection->read, &ngx_posted_events);
  }
  r->connection->write->delayed = 1;
  ngx_add_timer(r->connection->write, PARKED_MS);
  return NGX_AGAIN;
}

static ngx_int_t access_handler(ngx_http_request_t* r) {
  const probe_loc_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_gatehouse_probe);
  if (conf->realm == NULL) return NGX_DECLINED;
  const probe_ctx_t* ctx = ngx_http_get_module_ctx(r, ngx_gatehouse_probe);
  if (ctx != NULL) return ctx->answered ? as_status(r, ctx->code) : NGX_AGAIN;

  gatehouse_request request;
  ngx_memzero(&request, sizeof request);
  request.struct_size = sizeof request;
  gatehouse_pair address = {{"client.address", 14}, as_str(r->connection->addr_text)};
  request.attributes = &address;
  request.attribute_count = 1;
  const ngx_int_t basic = ngx_http_auth_basic_user(r);
  if (basic == NGX_ERROR) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  if (basic == NGX_OK) {
    request.credential = GATEHOUSE_CREDENTIAL_PASSWORD;
    request.user = as_str(r->headers_in.user);
    request.password = as_str(r->headers_in.passwd);
  }
  gatehouse_decision* decision = NULL;
  const gatehouse_code code = gatehouse_try_decide(conf->realm, &request, &decision);
  gatehouse_decision_release(decision);
  return code == GATEHOUSE_PENDING ? park(r, conf->realm, &request) : as_status(r, code);
}

/* ---- Configuration: in the master, and in nginx -t ---- */

static void release(void* data) {
  probe_loc_conf_t* conf = data;
  gatehouse_realm_release(conf->realm);
  gatehouse_config_release(conf->config);
}

static char* fail(ngx_conf_t* cf, char* error) {
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "gatehouse_probe: %s", error);
  gatehouse_free(error);
  return NGX_CONF_ERROR;
}

/* Plugins are taken from the folder "plugins" of nginx's prefix. */
static int open_runtime(ngx_conf_t* cf, char** error) {
  if (runtime != NULL) return 1;
  ngx_str_t folder = ngx_string("plugins");
  if (ngx_conf_full_name(cf->cycle, &folder, 0) != NGX_OK) return 0;
  const gatehouse_str folders[] = {as_str(folder)};
  gatehouse_runtime_options options;
  ngx_memzero(&options, sizeof options);
  options.struct_size = sizeof options;
  options.plugin_dirs = folders;
  options.plugin_dir_count = 1;
  options.log = log_line;
  options.log_level = GATEHOUSE_LOG_INFO;
  runtime = gatehouse_runtime_open(&options, error);
  return runtime != NULL;
}

static char* set_probe(ngx_conf_t* cf, ngx_command_t* command, void* data) {
  probe_loc_conf_t* conf = data;
  const ngx_str_t* words = cf->args->elts;
  char* error = NULL;
  (void)command;
  if (conf->realm != NULL) return "is duplicate";
  if (!open_runtime(cf, &error)) return fail(cf, error);
  const gatehouse_str uri = as_str(words[1]);
  gatehouse_config_options options;
  ngx_memzero(&options, sizeof options);
  options.struct_size = sizeof options;
  options.backends = &uri;
  options.backend_count = 1;
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  if (cleanup == NULL) return NGX_CONF_ERROR;
  conf->config = gatehouse_config_load(runtime, &options, &error);
  if (conf->config == NULL) return fail(cf, error);
  cleanup->handler = release;
  cleanup->data = conf;
  const gatehouse_str only = {NULL, 0};
  conf->realm = gatehouse_config_realm(conf->config, only, &error);
  return conf->realm == NULL ? fail(cf, error) : NGX_CONF_OK;
}

static void* create_loc_conf(ngx_conf_t* cf) {
  return ngx_pcalloc(cf->pool, sizeof(probe_loc_conf_t));
}

static char* merge_loc_conf(ngx_conf_t* cf, void* parent, void* child) {
  const probe_loc_conf_t* from = parent;
  probe_loc_conf_t* to = child;
  (void)cf;
  if (to->realm == NULL) to->realm = from->realm; /* borrowed: both end with the same cycle */
  return NGX_CONF_OK;
}

static ngx_int_t postconfiguration(ngx_conf_t* cf) {
  ngx_http_core_main_conf_t* core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  ngx_http_handler_pt* handler = ngx_array_push(&core->phases[NGX_HTTP_ACCESS_PHASE].handlers);
  if (handler == NULL) return NGX_ERROR;
  *handler = access_handler;
  return NGX_OK;
}

/* ---- Processes ---- */

static void readable(ngx_event_t* event) {
  (void)event;
  gatehouse_runtime_dispatch(runtime);
}

static ngx_int_t init_process(ngx_cycle_t* cycle) {
  if (runtime == NULL || (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)) return NGX_OK;
  char* error = NULL;
  if (!gatehouse_runtime_start(runtime, &error)) {
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "gatehouse_probe: %s", error);
    gatehouse_free(error);
    return NGX_ERROR;
  }
  ngx_connection_t* c = ngx_get_connection(gatehouse_runtime_fd(runtime), cycle->log);
  if (c == NULL) return NGX_ERROR;
  runtime_connection = c;
  c->log = cycle->log;
  c->read->log = cycle->log;
  c->write->log = cycle->log;
  c->read->handler = readable;
  return ngx_handle_read_event(c->read, 0);
}

static void exit_process(ngx_cycle_t* cycle) {
  (void)cycle;
  if (runtime_connection != NULL) {
    if (runtime_connection->read->active) ngx_del_event(runtime_connection->read, NGX_READ_EVENT, 0);
    ngx_free_connection(runtime_connection);
    runtime_connection->fd = (ngx_socket_t)-1; /* the runtime's own: it closes it */
    runtime_connection = NULL;
  }
  if (runtime != NULL) gatehouse_runtime_stop(runtime);
}

static ngx_command_t commands[] = {
    {ngx_string("gatehouse_probe"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1,
     set_probe, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    ngx_null_command,
};

static ngx_http_module_t module_context = {NULL, postconfiguration, NULL,          NULL, NULL,
                                           NULL, create_loc_conf,   merge_loc_conf};

ngx_module_t ngx_gatehouse_probe = {NGX_MODULE_V1,
                                    &module_context,
                                    commands,
                                    NGX_HTTP_MODULE,
                                    NULL, /* init_master */
                                    NULL, /* init_module */
                                    init_process,
                                    NULL, /* init_thread */
                                    NULL, /* exit_thread */
                                    exit_process,
                                    NULL, /* exit_master */
                                    NGX_MODULE_V1_PADDING};

/* What nginx looks for in a shared object. */
extern ngx_module_t* ngx_modules[];
extern char* ngx_module_names[];
extern char* ngx_module_order[];
ngx_module_t* ngx_modules[] = {&ngx_gatehouse_probe, NULL};
char* ngx_module_names[] = {"ngx_gatehouse_probe", NULL};
char* ngx_module_order[] = {NULL};
