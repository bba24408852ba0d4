/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the list in the configuration to a stack: includes are spliced in, and each
 * skip, written in lines of its own list, becomes a number of spliced entries.
 */
#include "stack/list.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct builder {
  dh_stack *stack;
  const dh_config *stacks;
  const char *chain[DH_STACK_MAX_INCLUDES]; /* the includes that are being read */
  size_t depth;
  dh_error *error;
};

static dh_status take_list(struct builder *b, const dh_config *list);

static dh_status no_memory(struct builder *b)
{
  return dh_error_set(b->error, DH_NO_MEMORY, "out of memory while making a stack");
}

/* --- one entry --- */

static dh_status check_keys(struct builder *b, const dh_config *item)
{
  static const char *const known[] = {"control", "plugin", "config", "sha256", "include", NULL};
  for (size_t i = 0; i < dh_config_count(item); i++) {
    const char *key = dh_config_key_at(item, i);
    size_t k = 0;
    while (known[k] && strcmp(known[k], key))
      k++;
    if (known[k])
      continue;
    const char *near = dh_text_nearest(key, known);
    return dh_error_set(b->error, DH_MISCONFIGURED,
                        "%s: an entry of a stack has no key \"%.64s\"; %s%s%s",
                        dh_config_where(dh_config_at(item, i)), key,
                        near ? "did you mean \""
                             : "it takes: control, plugin, config, sha256, "
                               "include",
                        near ? near : "", near ? "\"?" : "");
  }
  return DH_OK;
}

/* The text of a key that must be one where it is there; "" counts as absent. */
static dh_status get_text(struct builder *b, const dh_config *item, const char *key,
                          const char **out)
{
  const dh_config *node = dh_config_get(item, key);
  *out = dh_config_text(node);
  if (*out && !**out)
    *out = NULL;
  if (*out || !node || dh_config_kind_of(node) == DH_CONFIG_NULL ||
      dh_config_kind_of(node) == DH_CONFIG_SCALAR)
    return DH_OK;
  return dh_error_set(b->error, DH_MISCONFIGURED, "%s: \"%s\" of a stack's entry must be text",
                      dh_config_where(node), key);
}

static bool hex_digest(const char *text)
{
  return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

/* The checks that need no control: what an entry must and must not have. */
static dh_status check_entry(struct builder *b, const dh_config *item, const char *plugin,
                             const char *control, const char *sha256)
{
  const char *where = dh_config_where(item);
  const dh_config *config = dh_config_get(item, "config");
  dh_config_kind kind = dh_config_kind_of(config);
  if (!plugin)
    return dh_error_set(b->error, DH_MISCONFIGURED,
                        "%s: the entry names no module; add plugin = \"...\"", where);
  if (!control)
    return dh_error_set(b->error, DH_MISCONFIGURED,
                        "%s: the entry of \"%.64s\" has no control; add control = \"required\", "
                        "or another",
                        where, plugin);
  if (kind != DH_CONFIG_MAP && kind != DH_CONFIG_NULL)
    return dh_error_set(b->error, DH_MISCONFIGURED,
                        "%s: \"config\" of \"%.64s\" must be a map of keys and values",
                        dh_config_where(config), plugin);
  if (sha256 && !hex_digest(sha256))
    return dh_error_set(b->error, DH_MISCONFIGURED,
                        "%s: \"sha256\" of \"%.64s\" must be 64 hexadecimal digits, as sha256sum "
                        "prints them",
                        dh_config_where(dh_config_get(item, "sha256")), plugin);
  return DH_OK;
}

static dh_stack_entry *new_entry(struct builder *b, const dh_config *item)
{
  dh_stack *stack = b->stack;
  if (stack->count == DH_STACK_MAX_ENTRIES) {
    dh_error_set(b->error, DH_MISCONFIGURED,
                 "%s: the stack has more than %d entries once includes are read",
                 dh_config_where(item), DH_STACK_MAX_ENTRIES);
    return NULL;
  }
  dh_stack_entry *entries = realloc(stack->entries, (stack->count + 1) * sizeof(*entries));
  if (!entries) {
    no_memory(b);
    return NULL;
  }
  stack->entries = entries;
  dh_stack_entry *entry = &entries[stack->count++];
  memset(entry, 0, sizeof(*entry));
  return entry;
}

static dh_status take_module(struct builder *b, const dh_config *item, const char *control)
{
  const char *plugin, *sha256;
  dh_status status = get_text(b, item, "plugin", &plugin);
  if (!status)
    status = get_text(b, item, "sha256", &sha256);
  if (!status)
    status = check_entry(b, item, plugin, control, sha256);
  if (status)
    return status;
  dh_stack_entry *entry = new_entry(b, item);
  if (!entry)
    return b->error ? b->error->status : DH_MISCONFIGURED;
  status = dh_stack_parse_control(control, entry->action, b->error);
  if (status) {
    dh_error_prefix(b->error, "%s: ", dh_config_where(dh_config_get(item, "control")));
    return status;
  }
  const dh_config *config = dh_config_get(item, "config");
  entry->plugin = strdup(plugin);
  entry->where = strdup(dh_config_where(item));
  entry->sha256 = sha256 ? strdup(sha256) : NULL;
  if (dh_config_kind_of(config) == DH_CONFIG_MAP)
    entry->config = dh_config_copy(config);
  bool whole = entry->plugin && entry->where && (entry->sha256 || !sha256) &&
               (entry->config || dh_config_kind_of(config) != DH_CONFIG_MAP);
  return whole ? DH_OK : no_memory(b);
}

/* --- includes --- */

static dh_status include_fault(struct builder *b, const dh_config *item, const char *name,
                               const char *fault)
{
  return dh_error_set(b->error, DH_MISCONFIGURED, "%s: include \"%.64s\": %s",
                      dh_config_where(item), name, fault);
}

/* The list stacks.NAME; a dot in NAME is part of it. */
static const dh_config *find_list(const dh_config *stacks, const char *name)
{
  for (size_t i = 0; i < dh_config_count(stacks); i++) {
    const char *key = dh_config_key_at(stacks, i);
    if (key && !strcmp(key, name))
      return dh_config_at(stacks, i);
  }
  return NULL;
}

static dh_status take_include(struct builder *b, const dh_config *item, const char *name)
{
  const dh_config *list = find_list(b->stacks, name);
  if (!list)
    return include_fault(b, item, name, "there is no such list under \"stacks\"");
  for (size_t i = 0; i < b->depth; i++)
    if (!strcmp(b->chain[i], name))
      return include_fault(b, item, name, "it includes itself, by way of what it includes");
  if (b->depth == DH_STACK_MAX_INCLUDES)
    return include_fault(b, item, name, "includes are nested more than 16 deep");
  b->chain[b->depth++] = name;
  dh_status status = take_list(b, list);
  b->depth--;
  return status;
}

/* The name after "include" in a control, NULL for any other control. */
static const char *included_name(const char *control)
{
  control += strspn(control, " \t");
  if (dh_text_ncasecmp(control, "include", 7) || !strchr(" \t", control[7]))
    return NULL;
  return control + 7 + strspn(control + 7, " \t");
}

static dh_status take_item(struct builder *b, const dh_config *item)
{
  const char *control = NULL, *include = NULL;
  if (dh_config_kind_of(item) != DH_CONFIG_MAP)
    return dh_error_set(b->error, DH_MISCONFIGURED,
                        "%s: an entry of a stack is a map: { control = \"required\"; plugin = "
                        "\"...\"; }",
                        dh_config_where(item));
  dh_status status = check_keys(b, item);
  if (!status)
    status = get_text(b, item, "control", &control);
  if (!status)
    status = get_text(b, item, "include", &include);
  if (status)
    return status;
  bool by_key = include != NULL;
  if (!include && control)
    include = included_name(control);
  if (!include)
    return take_module(b, item, control);
  if (!*include)
    return include_fault(b, item, "", "the name of the list is missing");
  if (dh_config_count(item) > 1)
    return include_fault(b, item, include,
                         by_key ? "an entry with \"include\" has no other key; make it two entries"
                                : "its modules are named in that list; remove the other keys");
  return take_include(b, item, include);
}

/* --- skips --- */

/* `starts[i]` is the first spliced entry of line i, `starts[lines]` the end. A line that
 * is a module holds one entry; its skips are turned from lines into entries. */
static dh_status resolve_skips(struct builder *b, const dh_config *list, const size_t *starts,
                               size_t line)
{
  size_t lines = dh_config_count(list);
  dh_stack_entry *entry = &b->stack->entries[starts[line]];
  for (int i = 0; i < DH_STATUS_COUNT; i++) {
    if (entry->action[i] <= 0)
      continue;
    size_t skip = (size_t)entry->action[i], left = lines - line - 1;
    if (skip > left)
      return dh_error_set(b->error, DH_MISCONFIGURED,
                          "%s: the control of \"%.64s\" skips %zu entries on \"%s\", but only %zu "
                          "follow it in its list",
                          entry->where, entry->plugin, skip, dh_status_name((dh_status)i), left);
    entry->action[i] = (int)(starts[line + 1 + skip] - starts[line + 1]);
  }
  return DH_OK;
}

static bool is_include(const dh_config *item)
{
  const char *control = dh_config_get_text(item, "control", "");
  return *dh_config_get_text(item, "include", "") || included_name(control);
}

static dh_status take_list(struct builder *b, const dh_config *list)
{
  size_t lines = dh_config_count(list);
  dh_status status = DH_OK;
  if (dh_config_kind_of(list) != DH_CONFIG_LIST && dh_config_kind_of(list) != DH_CONFIG_NULL)
    return dh_error_set(b->error, DH_MISCONFIGURED, "%s: a stack must be a list of entries",
                        dh_config_where(list));
  size_t *starts = calloc(lines + 1, sizeof(*starts));
  if (!starts)
    return no_memory(b);
  starts[0] = b->stack->count;
  for (size_t i = 0; i < lines && !status; i++) {
    status = take_item(b, dh_config_at(list, i));
    starts[i + 1] = b->stack->count;
  }
  for (size_t i = 0; i < lines && !status; i++)
    if (!is_include(dh_config_at(list, i)))
      status = resolve_skips(b, list, starts, i);
  free(starts);
  return status;
}

dh_stack *dh_stack_new(const dh_config *list, const dh_config *stacks, dh_error *error)
{
  dh_error_clear(error);
  dh_stack *stack = calloc(1, sizeof(*stack));
  if (!stack) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while making a stack");
    return NULL;
  }
  struct builder b = {.stack = stack, .stacks = stacks, .error = error};
  if (!take_list(&b, list))
    return stack;
  dh_stack_free(stack);
  return NULL;
}

void dh_stack_free(dh_stack *stack)
{
  if (!stack)
    return;
  for (size_t i = 0; i < stack->count; i++) {
    dh_stack_entry *entry = &stack->entries[i];
    free(entry->plugin);
    free(entry->sha256);
    free(entry->where);
    dh_config_free((dh_config *)(uintptr_t)entry->config);
  }
  free(stack->entries);
  free(stack);
}

size_t dh_stack_count(const dh_stack *stack)
{
  return stack->count;
}

const dh_stack_entry *dh_stack_at(const dh_stack *stack, size_t index)
{
  return index < stack->count ? &stack->entries[index] : NULL;
}
