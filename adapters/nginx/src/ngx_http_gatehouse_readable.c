/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

#include <grp.h>
#include <sys/wait.h>

/*
 * The master reads password files as root; workers read them again as another user, when they change. Whether they can
 * is found out while the configuration is checked, by a child that becomes that user: so groups and access lists count.
 * A module of nginx's core is asked when all of nginx.conf is read, `user` included.
 */

/* In the child: one byte each, by the system's number of the error or 0. */
static void try_files(const gatehouse_realm* realm, const ngx_core_conf_t* core, int result) {
  if (initgroups(core->username, core->group) != 0 || setgid(core->group) != 0 || setuid(core->user) != 0) _exit(1);
  const size_t count = gatehouse_realm_file_count(realm);
  for (size_t i = 0; i < count; ++i) {
    const gatehouse_str name = gatehouse_realm_file(realm, i);
    char path[NGX_MAX_PATH];
    if (name.size >= sizeof path) _exit(1);
    *ngx_cpymem((u_char*)path, name.data, name.size) = '\0';
    const int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const u_char error = file < 0 ? (u_char)errno : 0;
    if (write(result, &error, 1) != 1) _exit(1);
    if (file >= 0) close(file);
  }
  _exit(0);
}

static ngx_int_t complain(ngx_cycle_t* cycle, const ngx_http_gatehouse_source_t* source, gatehouse_str name,
                          const char* user) {
  ngx_str_t file = ngx_http_gatehouse_text(name);
  ngx_log_error(
      NGX_LOG_EMERG, cycle->log, 0,
      "gatehouse: \"%V\" cannot be read by the user \"%s\", as which nginx's workers will read it again: give "
      "it a group of that user and mode 640, and let it pass the folders above, in %s:%ui",
      &file, user, source->place.file, source->place.line);
  return NGX_ERROR;
}

static ngx_int_t give_up(const ngx_cycle_t* cycle, const ngx_core_conf_t* core) {
  ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "gatehouse: cannot find out what the user \"%s\" can read",
                core->username);
  return NGX_ERROR;
}

static ngx_int_t read_result(int from, u_char* error) {
  ssize_t got = 0;
  do {
    got = read(from, error, 1);
  } while (got < 0 && errno == EINTR);
  return got == 1 ? NGX_OK : NGX_ERROR;
}

static ngx_int_t check_realm(ngx_cycle_t* cycle, const ngx_core_conf_t* core, const ngx_http_gatehouse_source_t* source,
                             const gatehouse_realm* realm) {
  int ends[2];
  const size_t count = gatehouse_realm_file_count(realm);
  if (count == 0) return NGX_OK;
  if (pipe(ends) != 0) return give_up(cycle, core);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    try_files(realm, core, ends[1]);
  }
  close(ends[1]);
  ngx_int_t rc = NGX_OK;
  for (size_t i = 0; rc == NGX_OK && i < count; ++i) {
    u_char error = 0;
    if (child < 0 || read_result(ends[0], &error) != NGX_OK) {
      rc = give_up(cycle, core);
    } else if (error == EACCES || error == EPERM) {
      rc = complain(cycle, source, gatehouse_realm_file(realm, i), core->username);
    }
  }
  close(ends[0]);
  /* The master's handler of signals may have waited for it already. */
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  return rc;
}

static char* init_conf(ngx_cycle_t* cycle, void* data) {
  const ngx_core_conf_t* core = (const ngx_core_conf_t*)ngx_get_conf(cycle->conf_ctx, ngx_core_module);
  const ngx_http_gatehouse_main_conf_t* main = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_gatehouse_module);
  (void)data;
  if (main == NULL || geteuid() != 0 || core->user == 0 || core->user == (ngx_uid_t)NGX_CONF_UNSET_UINT ||
      core->username == NULL) {
    return NGX_CONF_OK;
  }
  ngx_http_gatehouse_source_t** sources = main->sources.elts;
  for (ngx_uint_t i = 0; i < main->sources.nelts; ++i) {
    const ngx_http_gatehouse_realm_t* realms = sources[i]->realms.elts;
    for (ngx_uint_t k = 0; k < sources[i]->realms.nelts; ++k) {
      if (check_realm(cycle, core, sources[i], realms[k].realm) != NGX_OK) return NGX_CONF_ERROR;
    }
  }
  return NGX_CONF_OK;
}

static ngx_core_module_t context = {ngx_string("gatehouse_core"), NULL, init_conf};

ngx_module_t ngx_gatehouse_core_module = {
    NGX_MODULE_V1, &context, NULL, NGX_CORE_MODULE, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NGX_MODULE_V1_PADDING,
};
