/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

/* In dispatch, which nginx's loop calls, or while a configuration is read. */
static void write_line(void* context, gatehouse_log_level level, gatehouse_str line) {
  static const ngx_uint_t levels[] = {NGX_LOG_DEBUG, NGX_LOG_INFO, NGX_LOG_WARN, NGX_LOG_ERR};
  (void)context;
  ngx_str_t text = ngx_http_gatehouse_text(line);
  ngx_log_error(levels[level > GATEHOUSE_LOG_ERROR ? GATEHOUSE_LOG_ERROR : level], ngx_cycle->log, 0, "gatehouse: %V",
                &text);
}

static void take_from_loop(ngx_http_gatehouse_main_conf_t* main) {
  ngx_connection_t* c = main->connection;
  if (c == NULL) return;
  if (c->read->active) ngx_del_event(c->read, NGX_READ_EVENT, 0);
  if (c->read->posted) {
    ngx_delete_posted_event(c->read);
  }
  ngx_free_connection(c);
  c->fd = (ngx_socket_t)-1; /* the runtime's own: it closes it */
  main->connection = NULL;
}

static void close_runtime(void* data) {
  ngx_http_gatehouse_main_conf_t* main = data;
  ngx_http_gatehouse_end_lines(main);
  take_from_loop(main);
  gatehouse_runtime_close(main->runtime);
  main->runtime = NULL;
}

/* Without threads and sockets: this is the master, or nginx -t. */
ngx_int_t ngx_http_gatehouse_open_runtime(ngx_conf_t* cf, ngx_http_gatehouse_main_conf_t* main, char** error) {
  if (main->runtime != NULL) return NGX_OK;
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  if (cleanup == NULL) return NGX_ERROR;
  gatehouse_runtime_options options;
  ngx_memzero(&options, sizeof options);
  options.struct_size = sizeof options;
  options.log = write_line;
  options.log_level = GATEHOUSE_LOG_INFO;
  ngx_http_gatehouse_use_zone(main->zone, &options);
  main->runtime = gatehouse_runtime_open(&options, error);
  if (main->runtime == NULL) return NGX_ERROR;
  cleanup->handler = close_runtime;
  cleanup->data = main;
  return NGX_OK;
}

static void readable(ngx_event_t* event) {
  const ngx_connection_t* c = event->data;
  const ngx_http_gatehouse_main_conf_t* main = c->data;
  gatehouse_runtime_dispatch(main->runtime);
}

/* Whatever goes wrong here leaves a worker that answers 503 where a login is asked, and serves the rest: nginx would
 * not start another in its place. */
static void start(ngx_cycle_t* cycle) {
  ngx_http_gatehouse_main_conf_t* main = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_gatehouse_module);
  if (main == NULL || main->runtime == NULL) return;
  char* error = NULL;
  if (!gatehouse_runtime_start(main->runtime, &error)) {
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "gatehouse: no login is possible in this worker: %s",
                  error != NULL ? error : "out of memory");
    gatehouse_free(error);
    return;
  }
  ngx_connection_t* c = ngx_get_connection(gatehouse_runtime_fd(main->runtime), cycle->log);
  if (c != NULL) {
    c->data = main;
    c->log = cycle->log;
    c->read->log = cycle->log;
    c->write->log = cycle->log;
    c->read->handler = readable;
    main->connection = c;
    if (ngx_handle_read_event(c->read, 0) == NGX_OK) return;
    take_from_loop(main);
  }
  ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "gatehouse: no login is possible in this worker: its events are full");
  gatehouse_runtime_stop(main->runtime);
}

static ngx_uint_t serves(void) {
  return ngx_process == NGX_PROCESS_WORKER || ngx_process == NGX_PROCESS_SINGLE;
}

ngx_int_t ngx_http_gatehouse_init_process(ngx_cycle_t* cycle) {
  if (serves()) start(cycle);
  return NGX_OK;
}

void ngx_http_gatehouse_exit_process(ngx_cycle_t* cycle) {
  ngx_http_gatehouse_main_conf_t* main = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_gatehouse_module);
  if (main == NULL || main->runtime == NULL || !serves()) return;
  ngx_http_gatehouse_end_lines(main);
  take_from_loop(main);
  gatehouse_runtime_stop(main->runtime);
}
