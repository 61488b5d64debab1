/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

#include <sys/mman.h>

/*
 * Memory that all workers share, and those of the next configuration too. The engine lays it out when a runtime is
 * opened, which is while the configuration is read: before nginx makes the zones that it keeps itself. So this is the
 * module's own: mapped by the master, inherited by its workers, given back when no configuration names it any more.
 */
struct ngx_http_gatehouse_zone_s {
  ngx_http_gatehouse_zone_t* next;
  void* memory;
  size_t size;
  ngx_uint_t users; /* configurations */
  size_t name_size;
  u_char name[];
};

/* Of this process: what outlives a configuration has no other place. */
static ngx_http_gatehouse_zone_t* zones;

static void leave(void* data) {
  ngx_http_gatehouse_zone_t* zone = data;
  /* A worker ends here, perhaps with a backend's thread that did not come back. */
  if (--zone->users != 0 || ngx_process == NGX_PROCESS_WORKER) return;
  ngx_http_gatehouse_zone_t** at = &zones;
  while (*at != zone) at = &(*at)->next;
  *at = zone->next;
  munmap(zone->memory, zone->size);
  ngx_free(zone);
}

static ngx_http_gatehouse_zone_t* make_zone(const ngx_str_t* name, size_t size, ngx_log_t* log) {
  ngx_http_gatehouse_zone_t* zone = ngx_calloc(sizeof *zone + name->len, log);
  if (zone == NULL) return NULL;
  zone->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (zone->memory == MAP_FAILED) {
    ngx_log_error(NGX_LOG_EMERG, log, ngx_errno, "gatehouse: no memory for the zone \"%V\"", name);
    ngx_free(zone);
    return NULL;
  }
  madvise(zone->memory, size, MADV_DONTDUMP);
  zone->size = size;
  zone->name_size = name->len;
  ngx_memcpy(zone->name, name->data, name->len);
  zone->next = zones;
  zones = zone;
  return zone;
}

/* Of that name and size: what was remembered in it stays. */
static ngx_http_gatehouse_zone_t* join(ngx_conf_t* cf, const ngx_str_t* name, size_t size) {
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  if (cleanup == NULL) return NULL;
  ngx_http_gatehouse_zone_t* zone = zones;
  while (zone != NULL &&
         (zone->size != size || zone->name_size != name->len || ngx_memcmp(zone->name, name->data, name->len) != 0)) {
    zone = zone->next;
  }
  if (zone == NULL) zone = make_zone(name, size, cf->log);
  if (zone == NULL) return NULL;
  ++zone->users;
  cleanup->handler = leave;
  cleanup->data = zone;
  return zone;
}

char* ngx_http_gatehouse_set_zone(ngx_conf_t* cf, ngx_command_t* command, void* data) {
  ngx_http_gatehouse_main_conf_t* main = data;
  ngx_str_t* words = cf->args->elts;
  (void)command;
  if (main->zone != NULL) return "is duplicate";
  const ssize_t asked = ngx_parse_size(&words[2]);
  if (asked == NGX_ERROR || words[1].len == 0) return "takes a name and a size, such as 8m";
  const size_t size = ngx_align((size_t)asked, ngx_pagesize);
  if (size < gatehouse_region_size_min()) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "zone \"%V\" is too small: it takes at least %uzk", &words[1],
                       (gatehouse_region_size_min() + 1023) / 1024);
    return NGX_CONF_ERROR;
  }
  main->zone = join(cf, &words[1], size);
  return main->zone != NULL ? NGX_CONF_OK : NGX_CONF_ERROR;
}

void ngx_http_gatehouse_use_zone(const ngx_http_gatehouse_zone_t* zone, gatehouse_runtime_options* options) {
  if (zone == NULL) return;
  options->region_memory = zone->memory;
  options->region_size = zone->size;
}
