/* SPDX-License-Identifier: Apache-2.0 */
#include "config/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dh_config *dh_config_no_memory(dh_error *error)
{
  dh_error_set(error, DH_NO_MEMORY, "out of memory while reading the configuration");
  return NULL;
}

static dh_config *bare_node(dh_config_kind kind, const char *where)
{
  dh_config *node = calloc(1, sizeof(*node));
  if (!node)
    return NULL;
  node->kind = kind;
  node->where = strdup(where);
  if (node->where)
    return node;
  free(node);
  return NULL;
}

dh_config *dh_config_node(dh_config_reader *reader, dh_config_kind kind, int line)
{
  char where[4096];
  if (++reader->nodes > DH_CONFIG_MAX_NODES) {
    dh_error_set(reader->error, DH_MALFORMED,
                 "%s:%d: more than %d values; is an alias repeated without end?", reader->name,
                 line, DH_CONFIG_MAX_NODES);
    return NULL;
  }
  snprintf(where, sizeof(where), "%s:%d", reader->name, line);
  dh_config *node = bare_node(kind, where);
  if (!node)
    return dh_config_no_memory(reader->error);
  node->line = line;
  return node;
}

static bool count_bytes(dh_config_reader *reader, size_t size, const char *where)
{
  reader->bytes += size;
  if (reader->bytes <= DH_CONFIG_MAX_BYTES)
    return true;
  dh_error_set(reader->error, DH_MALFORMED,
               "%s: more than %zu bytes of values; is an alias repeated without end?", where,
               DH_CONFIG_MAX_BYTES);
  return false;
}

bool dh_config_take_text(dh_config_reader *reader, dh_config *node, const char *text, size_t size)
{
  if (strlen(text) != size) {
    dh_error_set(reader->error, DH_MALFORMED, "%s: a value holds a NUL character; remove it",
                 node->where);
    return false;
  }
  if (dh_config_expand(text, reader->bare, &node->text, &node->expanded, reader->error)) {
    dh_error_prefix(reader->error, "%s: ", node->where);
    return false;
  }
  return count_bytes(reader, strlen(node->text), node->where);
}

bool dh_config_append(dh_config *parent, dh_config *child)
{
  if (parent->count == parent->capacity) {
    size_t capacity = parent->capacity ? parent->capacity * 2 : 8;
    dh_config **items = realloc(parent->items, capacity * sizeof(dh_config *));
    if (!items) {
      dh_config_free(child);
      return false;
    }
    parent->items = items;
    parent->capacity = capacity;
  }
  parent->items[parent->count++] = child;
  return true;
}

bool dh_config_insert(dh_config_reader *reader, dh_config *map, const char *key, dh_config *child)
{
  const dh_config *twin = dh_config_child(map, key, strlen(key));
  if (twin) {
    dh_error_set(reader->error, DH_MALFORMED,
                 "%s: \"%s\" is given twice, first at %s; keep one of them", child->where, key,
                 twin->where);
  } else if (map->count >= DH_CONFIG_MAX_KEYS) {
    dh_error_set(reader->error, DH_MALFORMED, "%s: more than %d keys in one map", child->where,
                 DH_CONFIG_MAX_KEYS);
  } else {
    child->key = strdup(key);
    if (child->key) {
      if (dh_config_append(map, child))
        return true;
      child = NULL; /* freed by append */
    }
    dh_config_no_memory(reader->error);
  }
  dh_config_free(child);
  return false;
}

dh_config *dh_config_child(const dh_config *map, const char *key, size_t size)
{
  if (!map || map->kind != DH_CONFIG_MAP)
    return NULL;
  for (size_t i = 0; i < map->count; i++) {
    const char *have = map->items[i]->key;
    if (!strncmp(have, key, size) && !have[size])
      return map->items[i];
  }
  return NULL;
}

dh_config *dh_config_duplicate(dh_config_reader *reader, const dh_config *node)
{
  if (reader && ++reader->nodes > DH_CONFIG_MAX_NODES) {
    dh_error_set(reader->error, DH_MALFORMED,
                 "%s: more than %d values once aliases are resolved; use fewer", node->where,
                 DH_CONFIG_MAX_NODES);
    return NULL;
  }
  if (reader && node->text && !count_bytes(reader, strlen(node->text), node->where))
    return NULL;
  dh_error *error = reader ? reader->error : NULL;
  dh_config *copy = bare_node(node->kind, node->where);
  if (!copy)
    return dh_config_no_memory(error);
  copy->line = node->line;
  copy->expanded = node->expanded;
  if (node->text && !(copy->text = strdup(node->text)))
    goto no_memory;
  for (size_t i = 0; i < node->count; i++) {
    dh_config *child = dh_config_duplicate(reader, node->items[i]);
    if (!child)
      goto failed;
    if (node->items[i]->key && !(child->key = strdup(node->items[i]->key))) {
      dh_config_free(child);
      goto no_memory;
    }
    if (!dh_config_append(copy, child))
      goto no_memory;
  }
  return copy;

no_memory:
  dh_config_no_memory(error);
failed:
  dh_config_free(copy);
  return NULL;
}

dh_config *dh_config_copy(const dh_config *node)
{
  return node ? dh_config_duplicate(NULL, node) : NULL;
}

dh_config *dh_config_new_map(const char *name)
{
  return bare_node(DH_CONFIG_MAP, name ? name : "(configuration)");
}

static void clear_value(dh_config *node)
{
  if (node->text)
    dh_wipe(node->text, strlen(node->text));
  free(node->text);
  node->text = NULL;
  for (size_t i = 0; i < node->count; i++)
    dh_config_free(node->items[i]);
  free(node->items);
  node->items = NULL;
  node->count = node->capacity = 0;
}

void dh_config_free(dh_config *root)
{
  if (!root)
    return;
  clear_value(root);
  free(root->key);
  free(root->where);
  free(root);
}

/* The child map that a path goes through, made where it is absent. */
static dh_config *step_into(dh_config *map, const char *key, size_t size, dh_error *error)
{
  dh_config *child = dh_config_child(map, key, size);
  if (child)
    return child;
  child = bare_node(DH_CONFIG_NULL, map->where);
  if (!child)
    return dh_config_no_memory(error);
  child->key = strndup(key, size);
  if (!child->key) {
    dh_config_free(child);
    return dh_config_no_memory(error);
  }
  return dh_config_append(map, child) ? child : dh_config_no_memory(error);
}

dh_status dh_config_set(dh_config *root, const char *path, const char *value, dh_error *error)
{
  char *copy;
  dh_config *node = root;
  for (const char *part = path;;) {
    size_t size = strcspn(part, ".");
    if (!size)
      return dh_error_set(error, DH_MISCONFIGURED, "\"%s\" is not a path of keys (a.b.c)", path);
    if (node->kind == DH_CONFIG_NULL)
      node->kind = DH_CONFIG_MAP;
    if (node->kind != DH_CONFIG_MAP)
      return dh_error_set(error, DH_MISCONFIGURED,
                          "%s: cannot set \"%s\": \"%.*s\" is %s there, not a map", node->where,
                          path, part == path ? 0 : (int)(part - path - 1), path,
                          node->kind == DH_CONFIG_LIST ? "a list" : "a single value");
    node = step_into(node, part, size, error);
    if (!node)
      return DH_NO_MEMORY;
    if (!part[size])
      break;
    part += size + 1;
  }
  copy = strdup(value ? value : "");
  char *where = strdup(root->where);
  if (!copy || !where) {
    free(copy);
    free(where);
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  }
  clear_value(node);
  free(node->where);
  node->where = where;
  node->kind = DH_CONFIG_SCALAR;
  node->text = copy;
  return DH_OK;
}

void dh_config_remove(dh_config *root, const char *path)
{
  const char *key = strrchr(path, '.');
  dh_config *parent = root;
  for (const char *part = path; key && part < key; part += strcspn(part, ".") + 1)
    parent = dh_config_child(parent, part, strcspn(part, "."));
  key = key ? key + 1 : path;
  dh_config *node = dh_config_child(parent, key, strlen(key));
  if (!node)
    return;
  size_t i = 0;
  while (parent->items[i] != node)
    i++;
  parent->count--;
  memmove(parent->items + i, parent->items + i + 1, (parent->count - i) * sizeof(dh_config *));
  dh_config_free(node);
}

dh_config_kind dh_config_kind_of(const dh_config *node)
{
  return node ? node->kind : DH_CONFIG_NULL;
}

const char *dh_config_text(const dh_config *node)
{
  return node && node->kind == DH_CONFIG_SCALAR ? node->text : NULL;
}

size_t dh_config_count(const dh_config *node)
{
  return node ? node->count : 0;
}

const dh_config *dh_config_at(const dh_config *node, size_t index)
{
  return node && index < node->count ? node->items[index] : NULL;
}

const char *dh_config_key_at(const dh_config *node, size_t index)
{
  return node && index < node->count ? node->items[index]->key : NULL;
}

const dh_config *dh_config_get(const dh_config *node, const char *path)
{
  while (node) {
    size_t size = strcspn(path, ".");
    node = dh_config_child(node, path, size);
    if (!path[size])
      return node;
    path += size + 1;
  }
  return NULL;
}

const char *dh_config_get_text(const dh_config *node, const char *path, const char *fallback)
{
  const char *text = dh_config_text(dh_config_get(node, path));
  return text ? text : fallback;
}

const char *dh_config_where(const dh_config *node)
{
  return node ? node->where : "(not configured)";
}
