/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

/* nginx keeps pointers to well-known headers beside its list; from 1.23 on those of one name are a chain. */
static void forget_pointers(ngx_http_request_t* r, const ngx_table_elt_t* gone) {
  for (const ngx_http_header_t* known = ngx_http_headers_in; known->name.len != 0; ++known) {
    if (known->name.len != gone->key.len) continue;
    if (ngx_strncasecmp(known->name.data, gone->key.data, gone->key.len) != 0) continue;
    if (known->offset == 0) continue;
    ngx_table_elt_t** at = (ngx_table_elt_t**)(void*)((char*)&r->headers_in + known->offset);
#if (nginx_version >= 1023000)
    while (*at != NULL && *at != gone) at = &(*at)->next;
    if (*at != NULL) *at = gone->next;
#else
    if (*at == gone) *at = NULL;
#endif
  }
}

/* Where the walk through the list stands. No part but an only one is ever empty: nginx's own loops rely on it. */
typedef struct {
  ngx_list_t* list;
  ngx_list_part_t* before;
  ngx_list_part_t* part;
  ngx_uint_t index;
} walk_t;

/* The part ends with this entry. Capacity belongs to the last part alone, and is never said to be more than it is. */
static ngx_int_t drop_part(walk_t* at) {
  ngx_list_part_t* next = at->part->next;
  if (at->before == NULL) {
    if (next == NULL) {
      at->part->nelts = 0;
      return NGX_DONE;
    }
    *at->part = *next;
    if (at->list->last == next) at->list->last = at->part;
    return NGX_OK;
  }
  at->before->next = next;
  if (next == NULL) {
    at->list->last = at->before;
    at->list->nalloc = at->before->nelts;
    return NGX_DONE;
  }
  at->part = next;
  return NGX_OK;
}

/* Takes out the entry at hand without moving another: others are pointed to. Then the walk stands at the next. */
static ngx_int_t drop_entry(walk_t* at) {
  ngx_list_part_t* part = at->part;
  ngx_list_t* list = at->list;
  if (part->nelts == 1) return drop_part(at);
  if (at->index == part->nelts - 1) {
    --part->nelts;
    return NGX_OK;
  }
  if (at->index == 0) {
    part->elts = (char*)part->elts + list->size;
    --part->nelts;
    if (part == list->last) --list->nalloc;
    return NGX_OK;
  }
  ngx_list_part_t* rest = ngx_palloc(list->pool, sizeof *rest);
  if (rest == NULL) return NGX_ERROR;
  rest->elts = (char*)part->elts + (at->index + 1) * list->size;
  rest->nelts = part->nelts - at->index - 1;
  rest->next = part->next;
  part->nelts = at->index;
  part->next = rest;
  if (part == list->last) {
    list->last = rest;
    list->nalloc -= at->index + 1;
  }
  at->before = part;
  at->part = rest;
  at->index = 0;
  return NGX_OK;
}

ngx_int_t ngx_http_gatehouse_remove_headers(ngx_http_request_t* r, ngx_http_gatehouse_header_pt which,
                                            const void* data) {
  walk_t at = {&r->headers_in.headers, NULL, &r->headers_in.headers.part, 0};
  for (;;) {
    if (at.index >= at.part->nelts) {
      if (at.part->next == NULL) return NGX_OK;
      at.before = at.part;
      at.part = at.part->next;
      at.index = 0;
      continue;
    }
    ngx_table_elt_t* header = (ngx_table_elt_t*)at.part->elts + at.index;
    if (!which(header, data)) {
      ++at.index;
      continue;
    }
    forget_pointers(r, header);
    const ngx_int_t rc = drop_entry(&at);
    if (rc == NGX_DONE) return NGX_OK;
    if (rc != NGX_OK) return rc;
  }
}

ngx_table_elt_t* ngx_http_gatehouse_add_header(ngx_http_request_t* r, gatehouse_pair field) {
  ngx_str_t name = ngx_http_gatehouse_text(field.name);
  u_char* memory = ngx_pnalloc(r->pool, 2 * name.len + field.value.size + 3);
  if (memory == NULL) return NULL;
  ngx_table_elt_t* header = ngx_list_push(&r->headers_in.headers);
  if (header == NULL) return NULL;
  ngx_memzero(header, sizeof *header);
  header->lowcase_key = memory;
  header->hash = ngx_hash_strlow(header->lowcase_key, name.data, name.len);
  memory[name.len] = '\0';
  header->key.data = memory + name.len + 1;
  header->key.len = name.len;
  *ngx_cpymem(header->key.data, name.data, name.len) = '\0';
  header->value.data = header->key.data + name.len + 1;
  header->value.len = field.value.size;
  *ngx_cpymem(header->value.data, field.value.data, field.value.size) = '\0';
  return header;
}

int ngx_http_gatehouse_is_authorization(const ngx_table_elt_t* header, const void* data) {
  static const ngx_str_t name = ngx_string("authorization");
  (void)data;
  return header->key.len == name.len && ngx_strncasecmp(header->key.data, name.data, name.len) == 0;
}

/* By any service behind this nginx: the names of every configuration count everywhere. */
static int is_believed(const ngx_table_elt_t* header, const void* data) {
  const ngx_http_gatehouse_main_conf_t* main = data;
  const gatehouse_str name = ngx_http_gatehouse_str(header->key);
  if (gatehouse_http_is_protected(main->identity, name)) return 1;
  ngx_http_gatehouse_source_t* const* sources = main->sources.elts;
  for (ngx_uint_t i = 0; i < main->sources.nelts; ++i) {
    if (sources[i]->identity != NULL && gatehouse_http_is_protected(sources[i]->identity, name)) return 1;
  }
  return 0;
}

ngx_int_t ngx_http_gatehouse_post_read_handler(ngx_http_request_t* r) {
  const ngx_http_gatehouse_srv_conf_t* server = ngx_http_get_module_srv_conf(r, ngx_http_gatehouse_module);
  if (!server->used) return NGX_DECLINED;
  const ngx_http_gatehouse_main_conf_t* main = ngx_http_get_module_main_conf(r, ngx_http_gatehouse_module);
  const ngx_int_t rc = ngx_http_gatehouse_remove_headers(r, is_believed, main);
  return rc == NGX_OK ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

gatehouse_pair* ngx_http_gatehouse_header_pairs(ngx_http_request_t* r, size_t* count) {
  size_t all = 0;
  for (const ngx_list_part_t* part = &r->headers_in.headers.part; part != NULL; part = part->next) all += part->nelts;
  gatehouse_pair* pairs = ngx_palloc(r->pool, (all + 1) * sizeof *pairs);
  if (pairs == NULL) return NULL;
  *count = 0;
  for (const ngx_list_part_t* part = &r->headers_in.headers.part; part != NULL; part = part->next) {
    const ngx_table_elt_t* headers = part->elts;
    for (ngx_uint_t i = 0; i < part->nelts; ++i) {
      pairs[*count].name = ngx_http_gatehouse_str(headers[i].key);
      pairs[*count].value = ngx_http_gatehouse_str(headers[i].value);
      ++*count;
    }
  }
  return pairs;
}
