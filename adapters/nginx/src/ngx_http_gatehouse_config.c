/* SPDX-License-Identifier: Apache-2.0 */
#include "ngx_http_gatehouse_module.h"

static ngx_http_gatehouse_place_t here(const ngx_conf_t* cf) {
  ngx_http_gatehouse_place_t place = {cf->conf_file->file.name.data, cf->conf_file->line};
  return place;
}

/* Each line of the engine's error, with the place of the directive that caused it. */
static char* fail(ngx_conf_t* cf, ngx_http_gatehouse_place_t place, char* error) {
  char* text = error != NULL ? error : (char*)"out of memory";
  for (char* line = text; *line != '\0';) {
    const size_t size = strcspn(line, "\n");
    ngx_str_t one = {size, (u_char*)line};
    if (size != 0) ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "gatehouse: %V in %s:%ui", &one, place.file, place.line);
    line += size;
    if (*line == '\n') ++line;
  }
  gatehouse_free(error);
  return NGX_CONF_ERROR;
}

static char* fail_plainly(ngx_conf_t* cf, ngx_http_gatehouse_place_t place, const char* text) {
  ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s in %s:%ui", text, place.file, place.line);
  return NGX_CONF_ERROR;
}

static void release_source(void* data) {
  ngx_http_gatehouse_source_t* source = data;
  const ngx_http_gatehouse_realm_t* realms = source->realms.elts;
  for (ngx_uint_t i = 0; i < source->realms.nelts; ++i) gatehouse_realm_release(realms[i].realm);
  gatehouse_config_release(source->config);
  gatehouse_http_rules_release(source->rules);
  gatehouse_http_identity_release(source->identity);
}

/* ---- Directives ---- */

char* ngx_http_gatehouse_set_text(ngx_conf_t* cf, ngx_command_t* command, void* data) {
  ngx_http_gatehouse_loc_conf_t* conf = data;
  const ngx_str_t* words = cf->args->elts;
  if (words[1].len == 0) return "takes a text to show, a realm, or off";
  ngx_http_gatehouse_srv_conf_t* server = ngx_http_conf_get_module_srv_conf(cf, ngx_http_gatehouse_module);
  server->used = 1;
  conf->place = here(cf);
  return ngx_http_set_complex_value_slot(cf, command, data);
}

static ngx_http_gatehouse_source_t* add_source(ngx_conf_t* cf) {
  ngx_http_gatehouse_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_gatehouse_module);
  ngx_http_gatehouse_source_t* source = ngx_pcalloc(cf->pool, sizeof *source);
  ngx_http_gatehouse_source_t** listed = ngx_array_push(&main->sources);
  if (source == NULL || listed == NULL ||
      ngx_array_init(&source->realms, cf->pool, 1, sizeof(ngx_http_gatehouse_realm_t)) != NGX_OK) {
    return NULL;
  }
  source->place = here(cf);
  *listed = source;
  return source;
}

char* ngx_http_gatehouse_set_config(ngx_conf_t* cf, ngx_command_t* command, void* data) {
  ngx_http_gatehouse_loc_conf_t* conf = data;
  const ngx_str_t* words = cf->args->elts;
  (void)command;
  if (conf->source != NULL) {
    return conf->source->backends == NULL ? "is duplicate" : "cannot stand beside gatehouse_backend: choose one";
  }
  conf->source = add_source(cf);
  if (conf->source == NULL) return NGX_CONF_ERROR;
  conf->source->file = words[1];
  if (conf->source->file.len == 0) return "takes a file";
  return ngx_conf_full_name(cf->cycle, &conf->source->file, 1) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

char* ngx_http_gatehouse_add_backend(ngx_conf_t* cf, ngx_command_t* command, void* data) {
  ngx_http_gatehouse_loc_conf_t* conf = data;
  ngx_str_t* words = cf->args->elts;
  (void)command;
  if (conf->source != NULL && conf->source->backends == NULL) {
    return "cannot stand beside gatehouse_config: choose one";
  }
  if (ngx_http_script_variables_count(&words[1]) != 0) return "takes no variables; a '$' is written %24";
  if (conf->source == NULL) {
    conf->source = add_source(cf);
    if (conf->source == NULL) return NGX_CONF_ERROR;
    conf->source->backends = ngx_array_create(cf->pool, 2, sizeof(ngx_http_gatehouse_backend_t));
    if (conf->source->backends == NULL) return NGX_CONF_ERROR;
  }
  ngx_http_gatehouse_backend_t* backend = ngx_array_push(conf->source->backends);
  if (backend == NULL) return NGX_CONF_ERROR;
  backend->uri = words[1];
  backend->place = here(cf);
  return NGX_CONF_OK;
}

/* ---- Loading: when it is known what is asked, at the end of http {} ---- */

static gatehouse_config* load_backends(const ngx_http_gatehouse_main_conf_t* main,
                                       const ngx_http_gatehouse_backend_t* backends, ngx_uint_t count, ngx_pool_t* pool,
                                       char** error) {
  gatehouse_str* uris = ngx_palloc(pool, count * sizeof *uris);
  if (uris == NULL) return NULL;
  for (ngx_uint_t i = 0; i < count; ++i) uris[i] = ngx_http_gatehouse_str(backends[i].uri);
  gatehouse_config_options options;
  ngx_memzero(&options, sizeof options);
  options.struct_size = sizeof options;
  options.backends = uris;
  options.backend_count = count;
  return gatehouse_config_load(main->runtime, &options, error);
}

/* The place of the one that is wrong, or of the first if all are well alone. */
static char* fail_backends(ngx_conf_t* cf, const ngx_http_gatehouse_main_conf_t* main, const ngx_array_t* list,
                           char* error) {
  const ngx_http_gatehouse_backend_t* backends = list->elts;
  for (ngx_uint_t i = 0; list->nelts > 1 && i < list->nelts; ++i) {
    char* own = NULL;
    gatehouse_config* config = load_backends(main, &backends[i], 1, cf->pool, &own);
    gatehouse_config_release(config);
    if (config == NULL) {
      gatehouse_free(error);
      return fail(cf, backends[i].place, own);
    }
  }
  return fail(cf, backends[0].place, error);
}

/* The section [http]: its rules, its names of headers. */
static ngx_int_t load_http(ngx_http_gatehouse_source_t* source, char** error) {
  const gatehouse_str file = ngx_http_gatehouse_str(source->file);
  source->rules = gatehouse_http_rules_read(file, error);
  if (source->rules == NULL) return NGX_ERROR;
  if (gatehouse_http_rules_count(source->rules) == 0) {
    gatehouse_http_rules_release(source->rules);
    source->rules = NULL;
  }
  source->identity = gatehouse_http_identity_read(file, &source->forward_authorization, error);
  return source->identity != NULL ? NGX_OK : NGX_ERROR;
}

/* The engine writes it, as a worker. When logs are opened again (nginx -s reopen), the master makes the new file and
 * gives it to the workers' user, as it does for each file that it knows: so it has to know this one. */
static ngx_int_t register_audit_file(ngx_conf_t* cf, const gatehouse_config* config) {
  const gatehouse_str file = gatehouse_config_audit_file(config);
  if (file.size == 0) return NGX_OK;
  ngx_str_t name = {file.size, ngx_pnalloc(cf->pool, file.size + 1)};
  if (name.data == NULL) return NGX_ERROR;
  ngx_memcpy(name.data, file.data, file.size);
  name.data[file.size] = '\0';
  ngx_file_info_t about;
  if (ngx_file_info(name.data, &about) == NGX_FILE_ERROR || !ngx_is_file(&about)) return NGX_OK; /* a pipe, a device */
  return ngx_conf_open_file(cf->cycle, &name) != NULL ? NGX_OK : NGX_ERROR;
}

static char* load(ngx_conf_t* cf, ngx_http_gatehouse_main_conf_t* main, ngx_http_gatehouse_source_t* source) {
  char* error = NULL;
  if (source->config != NULL) return NGX_CONF_OK;
  if (ngx_http_gatehouse_open_runtime(cf, main, &error) != NGX_OK) return fail(cf, source->place, error);
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  if (cleanup == NULL) return NGX_CONF_ERROR;
  cleanup->handler = release_source;
  cleanup->data = source;
  if (source->backends != NULL) {
    source->config = load_backends(main, source->backends->elts, source->backends->nelts, cf->pool, &error);
    return source->config != NULL ? NGX_CONF_OK : fail_backends(cf, main, source->backends, error);
  }
  gatehouse_config_options options;
  ngx_memzero(&options, sizeof options);
  options.struct_size = sizeof options;
  options.file = ngx_http_gatehouse_str(source->file);
  source->config = gatehouse_config_load(main->runtime, &options, &error);
  if (source->config == NULL || load_http(source, &error) != NGX_OK) return fail(cf, source->place, error);
  return register_audit_file(cf, source->config) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

/* The realm of that name; with an empty one, the only realm. */
static gatehouse_realm* find_realm(ngx_http_gatehouse_source_t* source, ngx_str_t name, ngx_pool_t* pool,
                                   char** error) {
  ngx_http_gatehouse_realm_t* realms = source->realms.elts;
  for (ngx_uint_t i = 0; i < source->realms.nelts; ++i) {
    if (realms[i].name.len == name.len && ngx_memcmp(realms[i].name.data, name.data, name.len) == 0) {
      return realms[i].realm;
    }
  }
  gatehouse_realm* realm = gatehouse_config_realm(source->config, ngx_http_gatehouse_str(name), error);
  if (realm == NULL) return NULL;
  ngx_http_gatehouse_realm_t* kept = ngx_array_push(&source->realms);
  u_char* copy = ngx_pnalloc(pool, name.len + 1);
  if (kept == NULL || copy == NULL) {
    if (kept != NULL) --source->realms.nelts;
    gatehouse_realm_release(realm);
    return NULL;
  }
  ngx_memcpy(copy, name.data, name.len);
  kept->name.data = copy;
  kept->name.len = name.len;
  kept->realm = realm;
  return realm;
}

/* Two directives that name one file share what it says. */
static ngx_http_gatehouse_source_t* the_first_of(const ngx_http_gatehouse_main_conf_t* main,
                                                 ngx_http_gatehouse_source_t* source) {
  ngx_http_gatehouse_source_t** sources = main->sources.elts;
  for (ngx_uint_t i = 0; source->backends == NULL && i < main->sources.nelts; ++i) {
    const ngx_str_t* file = &sources[i]->file;
    if (sources[i]->config != NULL && file->len == source->file.len &&
        ngx_memcmp(file->data, source->file.data, file->len) == 0) {
      return sources[i];
    }
  }
  return source;
}

static ngx_uint_t is_off(const ngx_str_t* text) {
  return text->len == 3 && ngx_strncmp(text->data, "off", 3) == 0;
}

ngx_int_t ngx_http_gatehouse_count_variables(ngx_conf_t* cf) {
  const ngx_http_core_main_conf_t* core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  ngx_http_gatehouse_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_gatehouse_module);
  main->built_in = core->variables_keys->keys.nelts;
  return NGX_OK;
}

/* "$name" or "${name}", and nothing else. */
static ngx_uint_t is_variable(ngx_str_t text, ngx_str_t* name) {
  if (text.len < 2 || text.data[0] != '$') return 0;
  ++text.data;
  --text.len;
  if (text.data[0] == '{' && text.data[text.len - 1] == '}') {
    ++text.data;
    text.len -= 2;
  }
  for (size_t i = 0; i < text.len; ++i) {
    const u_char c = ngx_tolower(text.data[i]);
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') return 0;
  }
  *name = text;
  return 1;
}

/*
 * A value that a caller can choose turns no login off. Chosen by the configuration are those of map, geo and
 * split_clients: they have data of their own. A variable of `set` has an index, one that a regular expression captures
 * has nothing.
 */
static ngx_uint_t is_chosen_here(ngx_conf_t* cf, const ngx_http_gatehouse_main_conf_t* main, ngx_str_t text) {
  const ngx_http_core_main_conf_t* core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  const ngx_hash_key_t* keys = core->variables_keys->keys.elts;
  ngx_str_t name;
  if (!is_variable(text, &name)) return 0;
  for (ngx_uint_t i = main->built_in; i < core->variables_keys->keys.nelts; ++i) {
    if (keys[i].key.len != name.len || ngx_strncasecmp(keys[i].key.data, name.data, name.len) != 0) continue;
    const ngx_http_variable_t* variable = keys[i].value;
    return (variable->flags & NGX_HTTP_VAR_WEAK) == 0 && variable->data > core->variables.nelts;
  }
  return 0;
}

char* ngx_http_gatehouse_merge_loc_conf(ngx_conf_t* cf, void* parent, void* child) {
  const ngx_http_gatehouse_loc_conf_t* from = parent;
  ngx_http_gatehouse_loc_conf_t* to = child;
  static const ngx_str_t the_only = ngx_string("");
  ngx_http_gatehouse_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_gatehouse_module);
  if (to->source == NULL) to->source = from->source;
  if (to->text == NGX_CONF_UNSET_PTR) to->place = from->place;
  ngx_conf_merge_ptr_value(to->text, from->text, NULL);
  ngx_conf_merge_value(to->set_headers, from->set_headers, 1);
  ngx_conf_merge_value(to->forward_authorization, from->forward_authorization, NGX_CONF_UNSET);

  const ngx_uint_t constant = to->text != NULL && to->text->lengths == NULL;
  to->asks = to->text != NULL && !(constant && is_off(&to->text->value));
  if (!to->asks) return NGX_CONF_OK;
  if (to->source == NULL) {
    return fail_plainly(cf, to->place, "\"gatehouse\" without a gatehouse_config or gatehouse_backend to ask");
  }
  to->source = the_first_of(main, to->source);
  if (load(cf, main, to->source) != NGX_CONF_OK) return NGX_CONF_ERROR;
  to->forwards = to->forward_authorization != NGX_CONF_UNSET ? to->forward_authorization != 0
                                                             : to->source->forward_authorization != 0;
  if (!constant && to->source->backends == NULL) return NGX_CONF_OK;
  to->may_be_off = !constant && is_chosen_here(cf, main, to->text->value);
  char* error = NULL;
  to->realm = find_realm(to->source, to->source->backends != NULL ? the_only : to->text->value, cf->pool, &error);
  return to->realm != NULL ? NGX_CONF_OK : fail(cf, to->place, error);
}

void ngx_http_gatehouse_warn_of_unused(ngx_conf_t* cf) {
  const ngx_http_gatehouse_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_gatehouse_module);
  ngx_http_gatehouse_source_t** sources = main->sources.elts;
  for (ngx_uint_t i = 0; i < main->sources.nelts; ++i) {
    if (sources[i]->config != NULL || the_first_of(main, sources[i]) != sources[i]) continue;
    ngx_log_error(NGX_LOG_WARN, cf->log, 0, "\"%s\" protects nothing: no \"gatehouse\" asks it in %s:%ui",
                  sources[i]->backends != NULL ? "gatehouse_backend" : "gatehouse_config", sources[i]->place.file,
                  sources[i]->place.line);
  }
}

/* ---- Per request ---- */

ngx_int_t ngx_http_gatehouse_question(ngx_http_request_t* r, const ngx_http_gatehouse_loc_conf_t* conf,
                                      ngx_http_gatehouse_question_t* question) {
  if (!conf->asks) return NGX_DECLINED;
  ngx_str_null(&question->shown);
  question->realm = conf->realm;
  ngx_str_t text = conf->text->value;
  if (conf->text->lengths != NULL) {
    if (ngx_http_complex_value(r, conf->text, &text) != NGX_OK) return NGX_ERROR;
    if (conf->may_be_off && is_off(&text)) return NGX_DECLINED;
  }
  if (conf->source->backends != NULL) {
    question->shown = text;
    return NGX_OK;
  }
  if (question->realm != NULL) return NGX_OK;
  char* error = NULL;
  if (text.len != 0) question->realm = find_realm(conf->source, text, conf->source->realms.pool, &error);
  if (question->realm != NULL) return NGX_OK;
  if (ngx_http_gatehouse_may_write(r, NGX_LOG_ERR)) {
    char safe[GATEHOUSE_LOG_SAFE_SIZE];
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "gatehouse: no realm \"%s\" in \"%V\"",
                  gatehouse_log_safe(ngx_http_gatehouse_str(text), safe), &conf->source->file);
  }
  gatehouse_free(error);
  return NGX_ERROR;
}

/* ---- Structures ---- */

static void release_identity(void* data) {
  gatehouse_http_identity_release(data);
}

void* ngx_http_gatehouse_create_main_conf(ngx_conf_t* cf) {
  ngx_http_gatehouse_main_conf_t* main = ngx_pcalloc(cf->pool, sizeof *main);
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  if (main == NULL || cleanup == NULL ||
      ngx_array_init(&main->sources, cf->pool, 4, sizeof(ngx_http_gatehouse_source_t*)) != NGX_OK) {
    return NULL;
  }
  main->remote_user = NGX_ERROR;
  main->identity = gatehouse_http_identity_create(NULL, NULL);
  if (main->identity == NULL) return NULL;
  cleanup->handler = release_identity;
  cleanup->data = main->identity;
  return main;
}

void* ngx_http_gatehouse_create_srv_conf(ngx_conf_t* cf) {
  return ngx_pcalloc(cf->pool, sizeof(ngx_http_gatehouse_srv_conf_t));
}

char* ngx_http_gatehouse_merge_srv_conf(ngx_conf_t* cf, void* parent, void* child) {
  const ngx_http_gatehouse_srv_conf_t* from = parent;
  ngx_http_gatehouse_srv_conf_t* to = child;
  (void)cf;
  if (from->used) to->used = 1;
  return NGX_CONF_OK;
}

void* ngx_http_gatehouse_create_loc_conf(ngx_conf_t* cf) {
  ngx_http_gatehouse_loc_conf_t* conf = ngx_pcalloc(cf->pool, sizeof *conf);
  if (conf == NULL) return NULL;
  conf->text = NGX_CONF_UNSET_PTR;
  conf->set_headers = NGX_CONF_UNSET;
  conf->forward_authorization = NGX_CONF_UNSET;
  return conf;
}
