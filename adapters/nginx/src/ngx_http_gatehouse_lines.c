/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

/* Enough to see who guesses, and for fail2ban; not enough to fill a disk with. */
#define LINES_A_SECOND 100

/* nginx's timers write their connection's number into its debug log. */
static ngx_connection_t no_connection = {.fd = (ngx_socket_t)-1};

static void say_how_many(ngx_http_gatehouse_lines_t* lines) {
  if (lines->unsaid == 0) return;
  ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0, "gatehouse: %ui more lines about requests were not written",
                lines->unsaid);
  lines->unsaid = 0;
}

static void second_is_over(ngx_event_t* timer) {
  say_how_many((ngx_http_gatehouse_lines_t*)(void*)((char*)timer - offsetof(ngx_http_gatehouse_lines_t, timer)));
}

ngx_uint_t ngx_http_gatehouse_may_write(ngx_http_request_t* r, ngx_uint_t level) {
  ngx_http_gatehouse_main_conf_t* main = ngx_http_get_module_main_conf(r, ngx_http_gatehouse_module);
  ngx_http_gatehouse_lines_t* lines = &main->lines;
  if (r->connection->log->log_level < level) return 0;
  if (lines->second != ngx_time()) {
    say_how_many(lines);
    lines->second = ngx_time();
    lines->written = 0;
  }
  if (lines->written < LINES_A_SECOND) {
    ++lines->written;
    return 1;
  }
  ++lines->unsaid;
  if (!lines->timer.timer_set) {
    lines->timer.handler = second_is_over;
    lines->timer.data = &no_connection;
    lines->timer.log = ngx_cycle->log;
    lines->timer.cancelable = 1; /* a worker that ends does not wait for it */
    ngx_add_timer(&lines->timer, 1000);
  }
  return 0;
}

void ngx_http_gatehouse_end_lines(ngx_http_gatehouse_main_conf_t* main) {
  if (main->lines.timer.timer_set) ngx_del_timer(&main->lines.timer);
  say_how_many(&main->lines);
}
