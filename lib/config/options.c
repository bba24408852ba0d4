/* SPDX-License-Identifier: Apache-2.0 */
#include "config/options.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t table_size(const dh_option *table)
{
  size_t n = 0;
  while (table && table[n].name)
    n++;
  return n;
}

/* Whether `word` is one of the keys that a path of maps ("rest.server") leads through. */
static bool leads(const char *path, const char *word)
{
  size_t n = strlen(word);
  return !strncmp(path, word, n) && path[n] == '.';
}

static bool listed(const char *const *list, const char *word)
{
  for (; list && *list; list++)
    if (!strcmp(*list, word))
      return true;
  return false;
}

static bool declared(const dh_option *table, const char *word)
{
  for (; table && table->name; table++)
    if (!strcmp(table->name, word))
      return true;
  return false;
}

/* A map that holds options of `table`. */
static bool holds_options(const dh_option *table, const char *word)
{
  for (; table && table->name; table++)
    if (leads(table->name, word))
      return true;
  return false;
}

/* A map of which nothing is known but that others read something of it. */
static bool holds_ignored(const char *const *list, const char *word)
{
  for (; list && *list; list++)
    if (leads(*list, word))
      return true;
  return false;
}

/* Says what is known instead: the nearest word, else all of them. */
static dh_status unknown_key(const dh_option *table, const char *owner, const dh_config *child,
                             const char *key, const char *const *ignored, dh_error *error)
{
  char all[320] = "";
  size_t n = table_size(table), known = 0;
  size_t others = 0;
  while (ignored && ignored[others])
    others++;
  const char **words = calloc(n + others + 1, sizeof(char *));
  if (!words)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++)
    if (!(table[i].flags & DH_OPT_DEPRECATED))
      words[known++] = table[i].name;
  for (size_t i = 0; i < others; i++)
    words[known++] = ignored[i];
  for (size_t i = 0; i < known; i++) {
    size_t at = strlen(all);
    snprintf(all + at, sizeof(all) - at, "%s%s", i ? ", " : "", words[i]);
  }
  const char *near = dh_text_nearest(key, words);
  if (near)
    dh_error_set(error, DH_MISCONFIGURED, "%s: %s has no option \"%.64s\"; did you mean \"%s\"?",
                 dh_config_where(child), owner, key, near);
  else if (known)
    dh_error_set(error, DH_MISCONFIGURED, "%s: %s has no option \"%.64s\"; it takes: %s",
                 dh_config_where(child), owner, key, all);
  else
    dh_error_set(error, DH_MISCONFIGURED,
                 "%s: %s has no option \"%.64s\": it takes none; remove it", dh_config_where(child),
                 owner, key);
  free(words);
  return DH_MISCONFIGURED;
}

static dh_status check_keys(const dh_option *table, const char *owner, const dh_config *node,
                            const char *const *ignored, const char *above, dh_error *error);

static dh_status check_key(const dh_option *table, const char *owner, const dh_config *child,
                           const char *const *ignored, const char *path, dh_error *error)
{
  if (declared(table, path) || listed(ignored, path))
    return DH_OK;
  if (!holds_options(table, path))
    return holds_ignored(ignored, path) ? DH_OK
                                        : unknown_key(table, owner, child, path, ignored, error);
  if (dh_config_kind_of(child) == DH_CONFIG_MAP)
    return check_keys(table, owner, child, ignored, path, error);
  if (dh_config_kind_of(child) == DH_CONFIG_NULL)
    return DH_OK;
  return dh_error_set(error, DH_MISCONFIGURED, "%s: \"%s\" of %s must be a map of options",
                      dh_config_where(child), path, owner);
}

static dh_status check_keys(const dh_option *table, const char *owner, const dh_config *node,
                            const char *const *ignored, const char *above, dh_error *error)
{
  dh_status status = DH_OK;
  for (size_t i = 0; i < dh_config_count(node) && !status; i++) {
    char *path = NULL;
    const char *key = dh_config_key_at(node, i);
    if (asprintf(&path, "%s%s%s", above, *above ? "." : "", key) < 0)
      return dh_error_set(error, DH_NO_MEMORY, "out of memory while checking the options of %s",
                          owner);
    status = check_key(table, owner, dh_config_at(node, i), ignored, path, error);
    free(path);
  }
  return status;
}

/* A null, and a secret that expanded to nothing (`token: ${TOKEN:-}`), count as absent. */
static bool is_given(const dh_option *option, const dh_config *child)
{
  const char *text = dh_config_text(child);
  if (dh_config_kind_of(child) == DH_CONFIG_NULL)
    return false;
  return option->type != DH_OPT_SECRET || !text || *text;
}

static dh_status missing(const dh_value_site *site, const dh_config *child)
{
  const char *help = site->option->help;
  return dh_error_set(site->error, DH_MISCONFIGURED, "%s: %s needs the option \"%s\"%s%s%s%s%s",
                      site->where, site->owner, site->option->name,
                      child ? ", but it is empty" : "", help ? " (" : "", help ? help : "",
                      help ? ")" : "", child ? "" : "; add it");
}

static void warn_deprecated(const dh_value_site *site)
{
  if (site->context && site->option->flags & DH_OPT_DEPRECATED)
    dh_log(site->context, DH_LOG_WARNING, "%s: option \"%s\" of %s is deprecated: %s", site->where,
           site->option->name, site->owner,
           site->option->help ? site->option->help : "it will be refused one day");
}

static dh_status fill(dh_value_site *site, const dh_config *node, dh_value *value)
{
  const dh_option *option = site->option;
  const dh_config *child = dh_config_get(node, option->name);
  bool given = is_given(option, child);
  const char *text = dh_config_text(child);
  if (child)
    site->where = dh_config_where(child);
  value->type = option->type;
  value->name = strdup(option->name);
  value->where = strdup(site->where);
  if (!value->name || !value->where)
    return dh_error_set(site->error, DH_NO_MEMORY, "out of memory while checking the options of %s",
                        site->owner);
  if (option->flags & DH_OPT_REQUIRED && (!given || (text && !*text)))
    return missing(site, child);
  if (given) {
    warn_deprecated(site);
    return dh_value_from_node(site, child, value);
  }
  return option->default_value ? dh_value_from_default(site, value) : DH_OK;
}

dh_options *dh_options_check(dh_context *context, const dh_option *table, const char *owner,
                             const dh_config *node, const char *const *ignored, dh_error *error)
{
  size_t count = table_size(table);
  const char *where = node ? dh_config_where(node) : owner;
  dh_config_kind kind = dh_config_kind_of(node);
  dh_error_clear(error);
  if (kind != DH_CONFIG_MAP && kind != DH_CONFIG_NULL) {
    dh_error_set(error, DH_MISCONFIGURED,
                 "%s: the options of %s must be a map of keys and values, not %s", where, owner,
                 kind == DH_CONFIG_LIST ? "a list" : "a single value");
    return NULL;
  }
  if (check_keys(table, owner, node, ignored, "", error))
    return NULL;
  dh_options *options = calloc(1, sizeof(*options) + count * sizeof(dh_value));
  if (!options || !(options->where = strdup(where))) {
    free(options);
    dh_error_set(error, DH_NO_MEMORY, "out of memory while checking the options of %s", owner);
    return NULL;
  }
  for (; options->count < count; options->count++) {
    dh_value_site site = {context, owner, where, &table[options->count], error};
    if (fill(&site, node, &options->values[options->count])) {
      options->count++;
      dh_options_free(options);
      return NULL;
    }
  }
  return options;
}

void dh_options_free(dh_options *options)
{
  if (!options)
    return;
  for (size_t i = 0; i < options->count; i++)
    dh_value_clear(&options->values[i]);
  free(options->where);
  free(options);
}

static const dh_value *find(const dh_options *options, const char *name)
{
  for (size_t i = 0; options && i < options->count; i++)
    if (!strcmp(options->values[i].name, name))
      return &options->values[i];
  return NULL;
}

const char *dh_options_text(const dh_options *options, const char *name)
{
  const dh_value *value = find(options, name);
  return value ? value->text : NULL;
}

int64_t dh_options_number(const dh_options *options, const char *name)
{
  const dh_value *value = find(options, name);
  return value ? value->number : 0;
}

const dh_secret *dh_options_secret(const dh_options *options, const char *name)
{
  const dh_value *value = find(options, name);
  return value ? value->secret : NULL;
}

size_t dh_options_count(const dh_options *options, const char *name)
{
  const dh_value *value = find(options, name);
  if (!value)
    return 0;
  return value->type == DH_OPT_LIST || value->type == DH_OPT_MAP ? value->count : value->set;
}

const char *dh_options_item(const dh_options *options, const char *name, size_t index)
{
  const dh_value *value = find(options, name);
  return value && index < value->count ? value->items[index] : NULL;
}

const char *dh_options_key(const dh_options *options, const char *name, size_t index)
{
  const dh_value *value = find(options, name);
  return value && value->type == DH_OPT_MAP && index < value->count ? value->keys[index] : NULL;
}

const char *dh_options_where(const dh_options *options, const char *name)
{
  const dh_value *value = find(options, name);
  return value ? value->where : options ? options->where : "(not configured)";
}

int dh_options_given(const dh_options *options, const char *name)
{
  const dh_value *value = find(options, name);
  return value && value->given;
}
