/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libconfig's tree becomes ours: every scalar is text, groups are maps, lists and
 * arrays are lists.
 */
#include "config/tree.h"

#include "base/text.h"

#include <ctype.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int line_of(const config_setting_t *setting)
{
  return setting->parent ? (int)config_setting_source_line(setting) : 1;
}

static bool take_scalar(dh_config_reader *reader, const config_setting_t *setting, dh_config *node)
{
  char number[32];
  const char *text = number;
  switch (config_setting_type(setting)) {
  case CONFIG_TYPE_INT:
    snprintf(number, sizeof(number), "%d", config_setting_get_int(setting));
    break;
  case CONFIG_TYPE_INT64:
    snprintf(number, sizeof(number), "%lld", config_setting_get_int64(setting));
    break;
  case CONFIG_TYPE_FLOAT:
    dh_text_from_double(config_setting_get_float(setting), number);
    break;
  case CONFIG_TYPE_BOOL:
    text = config_setting_get_bool(setting) ? "true" : "false";
    break;
  default:
    text = config_setting_get_string(setting);
    break;
  }
  return dh_config_take_text(reader, node, text ? text : "", strlen(text ? text : ""));
}

static dh_config *convert(dh_config_reader *reader, config_setting_t *setting, int depth);

static bool convert_children(dh_config_reader *reader, config_setting_t *setting, dh_config *node,
                             int depth)
{
  int count = config_setting_length(setting);
  for (int i = 0; i < count; i++) {
    config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);
    dh_config *child = convert(reader, member, depth + 1);
    if (!child)
      return false;
    if (node->kind == DH_CONFIG_MAP) {
      if (!dh_config_insert(reader, node, config_setting_name(member), child))
        return false;
    } else if (!dh_config_append(node, child)) {
      dh_config_no_memory(reader->error);
      return false;
    }
  }
  return true;
}

static dh_config *convert(dh_config_reader *reader, config_setting_t *setting, int depth)
{
  dh_config_kind kind = config_setting_is_group(setting)       ? DH_CONFIG_MAP
                        : config_setting_is_aggregate(setting) ? DH_CONFIG_LIST
                                                               : DH_CONFIG_SCALAR;
  if (depth > DH_CONFIG_MAX_DEPTH) {
    dh_error_set(reader->error, DH_MALFORMED, "%s:%d: groups are nested more than %d deep",
                 reader->name, line_of(setting), DH_CONFIG_MAX_DEPTH);
    return NULL;
  }
  dh_config *node = dh_config_node(reader, kind, line_of(setting));
  if (!node)
    return NULL;
  bool good = kind == DH_CONFIG_SCALAR ? take_scalar(reader, setting, node)
                                       : convert_children(reader, setting, node, depth);
  if (good)
    return node;
  dh_config_free(node);
  return NULL;
}

/* libconfig frees its strings as they are; they may be secrets. */
static void wipe_strings(config_setting_t *setting)
{
  if (config_setting_type(setting) == CONFIG_TYPE_STRING && setting->value.sval)
    dh_wipe(setting->value.sval, strlen(setting->value.sval));
  if (config_setting_is_aggregate(setting))
    for (int i = 0; i < config_setting_length(setting); i++)
      wipe_strings(config_setting_get_elem(setting, (unsigned)i));
}

static const char *start_of_line(const char *text, int line)
{
  while (--line > 0) {
    const char *feed = strchr(text, '\n');
    if (!feed)
      break;
    text = feed + 1;
  }
  return text;
}

/* What is wrong, with the key where the line begins with one; never the value. */
static void report(dh_config_reader *reader, const config_t *config, const char *text)
{
  int line = config_error_line(config);
  const char *problem = config_error_text(config);
  const char *word = start_of_line(text, line);
  word += strspn(word, " \t");
  size_t size = 0;
  while (isalnum((unsigned char)word[size]) || (word[size] && strchr("-_*", word[size])))
    size++;
  size_t after = size + strspn(word + size, " \t");
  bool key = size && size < 64 && (word[after] == '=' || word[after] == ':');
  if (problem && !strcmp(problem, "duplicate setting name"))
    dh_error_set(reader->error, DH_MALFORMED,
                 "%s:%d: %s%.*s%s is given twice in one group; keep one of them", reader->name,
                 line, key ? "\"" : "a key", key ? (int)size : 0, word, key ? "\"" : "");
  else
    dh_error_set(reader->error, DH_MALFORMED,
                 "%s:%d: %s%s%.*s%s; libconfig is written  key = \"value\";  with groups in { } "
                 "and lists in ( ); look at the end of the line before, too",
                 reader->name, line, problem ? problem : "syntax error", key ? " near \"" : "",
                 key ? (int)size : 0, word, key ? "\"" : "");
}

dh_config *dh_config_read_libconfig(dh_config_reader *reader, const char *text, size_t size)
{
  dh_config *root = NULL;
  config_t config;
  if (strlen(text) != size) {
    dh_error_set(reader->error, DH_MALFORMED, "%s: the file holds a NUL character: it is not text",
                 reader->name);
    return NULL;
  }
  if (!dh_config_scan_libconfig(reader, text))
    return NULL;
  config_init(&config);
  /* Where no file can be, should libconfig ever see an @include that the scan did not. */
  config_set_include_dir(&config, "/dev/null");
  if (config_read_string(&config, text) == CONFIG_TRUE)
    root = convert(reader, config_root_setting(&config), 0);
  else
    report(reader, &config, text);
  wipe_strings(config_root_setting(&config));
  config_destroy(&config);
  return root;
}
