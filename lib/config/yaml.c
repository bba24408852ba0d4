/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML by libyaml's events. An alias becomes a copy of what its anchor names, so that
 * a tree stays a tree; the reader's limits bound what copies may cost.
 */
#include "config/tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MAX_ANCHORS 1000

struct anchor {
  char *name;
  const dh_config *node; /* NULL while it is being read */
};

struct yaml_reader {
  dh_config_reader *reader;
  yaml_parser_t parser;
  const char *text;
  size_t size;
  struct anchor *anchors;
  size_t anchor_count;
  dh_config *attic; /* nodes out of the tree that an anchor may still name */
};

static dh_config *build(struct yaml_reader *y, yaml_event_t *event, int line, int depth);

static int event_line(const yaml_event_t *event)
{
  return (int)event->start_mark.line + 1;
}

static void *refuse(struct yaml_reader *y, int line, const char *words)
{
  dh_error_set(y->reader->error, DH_MALFORMED, "%s:%d: %s", y->reader->name, line, words);
  return NULL;
}

/* Values may be secrets; libyaml frees them as they are. */
static void drop_event(yaml_event_t *event)
{
  if (event->type == YAML_SCALAR_EVENT && event->data.scalar.value)
    dh_wipe(event->data.scalar.value, event->data.scalar.length);
  yaml_event_delete(event);
}

static int problem_line(const struct yaml_reader *y)
{
  const yaml_parser_t *p = &y->parser;
  if (p->error != YAML_READER_ERROR)
    return (int)p->problem_mark.line + 1;
  int line = 1;
  for (size_t i = 0; i < p->problem_offset && i < y->size; i++)
    line += y->text[i] == '\n';
  return line;
}

static bool next(struct yaml_reader *y, yaml_event_t *event)
{
  if (yaml_parser_parse(&y->parser, event))
    return true;
  const yaml_parser_t *p = &y->parser;
  if (p->error == YAML_MEMORY_ERROR)
    dh_config_no_memory(y->reader->error);
  else
    dh_error_set(y->reader->error, DH_MALFORMED, "%s:%d: not valid YAML: %s%s%s", y->reader->name,
                 problem_line(y), p->problem ? p->problem : "unknown problem",
                 p->context ? " " : "", p->context ? p->context : "");
  return false;
}

/* --- anchors --- */

/* Notes an anchor; its node is filled in when complete. Index + 1, 0 where there is none. */
static bool open_anchor(struct yaml_reader *y, const yaml_char_t *name, int line, size_t *slot)
{
  *slot = 0;
  if (!name)
    return true;
  if (y->anchor_count == MAX_ANCHORS)
    return refuse(y, line, "more than 1000 anchors; write the values out") != NULL;
  if (!y->anchors && !(y->anchors = calloc(MAX_ANCHORS, sizeof(*y->anchors))))
    return dh_config_no_memory(y->reader->error) != NULL;
  struct anchor *anchor = &y->anchors[y->anchor_count];
  anchor->name = strdup((const char *)name);
  if (!anchor->name)
    return dh_config_no_memory(y->reader->error) != NULL;
  *slot = ++y->anchor_count;
  return true;
}

static void close_anchor(struct yaml_reader *y, size_t slot, const dh_config *node)
{
  if (slot)
    y->anchors[slot - 1].node = node;
}

static dh_config *resolve_alias(struct yaml_reader *y, const char *name, int line)
{
  for (size_t i = y->anchor_count; i-- > 0;) {
    if (strcmp(y->anchors[i].name, name))
      continue;
    if (!y->anchors[i].node)
      return refuse(y, line, "an alias stands inside the value that it names");
    return dh_config_duplicate(y->reader, y->anchors[i].node);
  }
  dh_error_set(y->reader->error, DH_MALFORMED,
               "%s:%d: the alias *%.64s has no anchor &%.64s before it", y->reader->name, line,
               name, name);
  return NULL;
}

/* --- scalars --- */

static bool known_tag(const char *tag)
{
  static const char *const known[] = {
      "!",           YAML_STR_TAG,       YAML_INT_TAG, YAML_FLOAT_TAG, YAML_BOOL_TAG,
      YAML_NULL_TAG, YAML_TIMESTAMP_TAG, YAML_MAP_TAG, YAML_SEQ_TAG};
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (!strcmp(tag, known[i]))
      return true;
  return false;
}

static bool tag_is_fine(struct yaml_reader *y, const yaml_char_t *tag, int line)
{
  if (!tag || known_tag((const char *)tag))
    return true;
  dh_error_set(y->reader->error, DH_MALFORMED,
               "%s:%d: the YAML tag %.64s means nothing here; remove it", y->reader->name, line,
               (const char *)tag);
  return false;
}

static bool is_null(const yaml_event_t *event)
{
  static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
  if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
    return false;
  for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
    if (!strcmp((const char *)event->data.scalar.value, nulls[i]))
      return true;
  return false;
}

static dh_config *build_scalar(struct yaml_reader *y, const yaml_event_t *event, int line)
{
  size_t slot;
  if (!tag_is_fine(y, event->data.scalar.tag, line) ||
      !open_anchor(y, event->data.scalar.anchor, line, &slot))
    return NULL;
  dh_config *node =
      dh_config_node(y->reader, is_null(event) ? DH_CONFIG_NULL : DH_CONFIG_SCALAR, line);
  if (node && node->kind == DH_CONFIG_SCALAR &&
      !dh_config_take_text(y->reader, node, (const char *)event->data.scalar.value,
                           event->data.scalar.length)) {
    dh_config_free(node);
    return NULL;
  }
  close_anchor(y, slot, node);
  return node;
}

/* --- lists and maps --- */

static dh_config *build_list(struct yaml_reader *y, const yaml_event_t *start, int line, int depth)
{
  size_t slot;
  if (!tag_is_fine(y, start->data.sequence_start.tag, line) ||
      !open_anchor(y, start->data.sequence_start.anchor, line, &slot))
    return NULL;
  dh_config *list = dh_config_node(y->reader, DH_CONFIG_LIST, line);
  while (list) {
    yaml_event_t event;
    if (!next(y, &event))
      break;
    if (event.type == YAML_SEQUENCE_END_EVENT) {
      drop_event(&event);
      close_anchor(y, slot, list);
      return list;
    }
    dh_config *item = build(y, &event, event_line(&event), depth + 1);
    if (!item)
      break;
    if (!dh_config_append(list, item)) {
      dh_config_no_memory(y->reader->error);
      break;
    }
  }
  dh_config_free(list);
  return NULL;
}

/* Takes over the keys of `source` that `map` does not have. */
static bool merge_map(struct yaml_reader *y, dh_config *map, const dh_config *source)
{
  if (source->kind != DH_CONFIG_MAP)
    return refuse(y, source->line, "\"<<\" merges a map, or a list of maps, and nothing else") !=
           NULL;
  for (size_t i = 0; i < source->count; i++) {
    const dh_config *item = source->items[i];
    if (dh_config_child(map, item->key, strlen(item->key)))
      continue;
    dh_config *copy = dh_config_duplicate(y->reader, item);
    if (!copy || !dh_config_insert(y->reader, map, item->key, copy))
      return false;
  }
  return true;
}

static bool merge_all(struct yaml_reader *y, dh_config *map, const dh_config *merges)
{
  for (size_t i = 0; i < merges->count; i++) {
    const dh_config *source = merges->items[i];
    bool list = source->kind == DH_CONFIG_LIST;
    for (size_t j = 0; j < (list ? source->count : 1); j++)
      if (!merge_map(y, map, list ? source->items[j] : source))
        return false;
  }
  return true;
}

/* One key and its value into `map`, or into `merges` for the key "<<". */
static bool build_pair(struct yaml_reader *y, yaml_event_t *key_event, dh_config *map,
                       dh_config *merges, int depth)
{
  yaml_event_t event;
  bool good = false;
  int line = event_line(key_event);
  char *key = NULL;
  bool scalar = key_event->type == YAML_SCALAR_EVENT;
  bool merge = scalar && key_event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
               !strcmp((char *)key_event->data.scalar.value, "<<");
  if (!scalar)
    refuse(y, line, "a key must be plain text, not a list, a map or an alias");
  else if (strlen((char *)key_event->data.scalar.value) != key_event->data.scalar.length)
    refuse(y, line, "a key holds a NUL character; remove it");
  else if (!(key = strdup((char *)key_event->data.scalar.value)))
    dh_config_no_memory(y->reader->error);
  drop_event(key_event);
  if (!key || !next(y, &event))
    goto out;
  dh_config *value = build(y, &event, line, depth + 1);
  if (!value)
    goto out;
  if (!merge)
    good = dh_config_insert(y->reader, map, key, value);
  else if (!(good = dh_config_append(merges, value)))
    dh_config_no_memory(y->reader->error);
out:
  free(key);
  return good;
}

static bool build_pairs(struct yaml_reader *y, dh_config *map, dh_config *merges, int depth)
{
  for (;;) {
    yaml_event_t event;
    if (!next(y, &event))
      return false;
    if (event.type == YAML_MAPPING_END_EVENT) {
      drop_event(&event);
      return merge_all(y, map, merges);
    }
    if (!build_pair(y, &event, map, merges, depth))
      return false;
  }
}

static dh_config *build_map(struct yaml_reader *y, const yaml_event_t *start, int line, int depth)
{
  size_t slot;
  if (!tag_is_fine(y, start->data.mapping_start.tag, line) ||
      !open_anchor(y, start->data.mapping_start.anchor, line, &slot))
    return NULL;
  dh_config *map = dh_config_node(y->reader, DH_CONFIG_MAP, line);
  dh_config *merges = map ? dh_config_node(y->reader, DH_CONFIG_LIST, line) : NULL;
  bool good = merges && build_pairs(y, map, merges, depth);
  /* An anchor in what was merged outlives the merging. */
  if (merges && !merges->count)
    dh_config_free(merges);
  else if (merges && !dh_config_append(y->attic, merges)) {
    dh_config_no_memory(y->reader->error);
    good = false;
  }
  if (good) {
    close_anchor(y, slot, map);
    return map;
  }
  dh_config_free(map);
  return NULL;
}

/* Reads the node that begins with `event`, and takes the event. */
static dh_config *build(struct yaml_reader *y, yaml_event_t *event, int line, int depth)
{
  dh_config *node = NULL;
  if (depth > DH_CONFIG_MAX_DEPTH)
    refuse(y, line, "values are nested more than 64 deep");
  else if (event->type == YAML_ALIAS_EVENT)
    node = resolve_alias(y, (const char *)event->data.alias.anchor, line);
  else if (event->type == YAML_SCALAR_EVENT)
    node = build_scalar(y, event, line);
  else if (event->type == YAML_SEQUENCE_START_EVENT)
    node = build_list(y, event, line, depth);
  else if (event->type == YAML_MAPPING_START_EVENT)
    node = build_map(y, event, line, depth);
  else
    refuse(y, line, "a value is missing");
  drop_event(event);
  return node;
}

/* --- the document --- */

/* Goes on to the next event of interest: a node, or the end of the stream. */
static bool skip_to_content(struct yaml_reader *y, yaml_event_t *event)
{
  for (;;) {
    if (!next(y, event))
      return false;
    if (event->type != YAML_STREAM_START_EVENT && event->type != YAML_DOCUMENT_START_EVENT &&
        event->type != YAML_DOCUMENT_END_EVENT)
      return true;
    drop_event(event);
  }
}

static dh_config *read_document(struct yaml_reader *y)
{
  yaml_event_t event;
  if (!skip_to_content(y, &event))
    return NULL;
  if (event.type == YAML_STREAM_END_EVENT) {
    drop_event(&event);
    return dh_config_node(y->reader, DH_CONFIG_MAP, 1);
  }
  dh_config *root = build(y, &event, 1, 0);
  if (!root)
    return NULL;
  if (root->kind == DH_CONFIG_NULL)
    root->kind = DH_CONFIG_MAP;
  if (!skip_to_content(y, &event))
    goto failed;
  bool ended = event.type == YAML_STREAM_END_EVENT;
  int line = event_line(&event);
  drop_event(&event);
  if (ended)
    return root;
  refuse(y, line,
         "a second document begins here; a configuration is one document, so put the "
         "other into a file of its own");
failed:
  dh_config_free(root);
  return NULL;
}

dh_config *dh_config_read_yaml(dh_config_reader *reader, const char *text, size_t size)
{
  struct yaml_reader y = {.reader = reader, .text = text, .size = size};
  dh_config *root = NULL;
  y.attic = dh_config_node(reader, DH_CONFIG_LIST, 1);
  if (!y.attic)
    return NULL;
  if (yaml_parser_initialize(&y.parser)) {
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)text, size);
    root = read_document(&y);
    yaml_parser_delete(&y.parser);
  } else {
    dh_config_no_memory(reader->error);
  }
  for (size_t i = 0; i < y.anchor_count; i++)
    free(y.anchors[i].name);
  free(y.anchors);
  dh_config_free(y.attic);
  return root;
}
