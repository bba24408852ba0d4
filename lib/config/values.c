/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One configured value becomes one checked option. Messages quote what was written,
 * except where it may be a secret: SECRET, a sensitive MAP, or a URL with a password.
 */
#include "config/options.h"

#include "base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static dh_status complain(const dh_value_site *site, const char *format, ...) DH_PRINTF_LIKE(2, 3);

static dh_status complain(const dh_value_site *site, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  dh_error_setv(site->error, DH_MISCONFIGURED, format, ap);
  va_end(ap);
  dh_error_prefix(site->error, "%s: option \"%s\" of %s: ", site->where, site->option->name,
                  site->owner);
  return DH_MISCONFIGURED;
}

static dh_status no_memory(const dh_value_site *site)
{
  return dh_error_set(site->error, DH_NO_MEMORY, "out of memory while checking the options of %s",
                      site->owner);
}

/* A value as it may be shown: short, on one line, without what looks like a token. */
static const char *shown(const dh_value_site *site, const char *text, char out[64])
{
  char clean[4096];
  if (site->context)
    dh_redact(site->context, text, clean, sizeof(clean));
  else
    snprintf(clean, sizeof(clean), "%s", text);
  snprintf(out, 64, "%.63s", clean);
  size_t end = strnlen(out, 63);
  if (strlen(clean) > end) {
    end -= 3;
    while (end && ((unsigned char)out[end] & 0xc0) == 0x80)
      end--;
    memcpy(out + end, "...", 4);
  }
  for (char *c = out; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f)
      *c = ' ';
  dh_wipe(clean, sizeof(clean));
  return out;
}

static dh_status ill_typed(const dh_value_site *site, const char *text, const char *wanted)
{
  char quoted[64];
  return complain(site, "\"%s\" is not %s", shown(site, text, quoted), wanted);
}

static dh_status take_text(const dh_value_site *site, const char *text, dh_value *value)
{
  value->text = strdup(text);
  return value->text ? DH_OK : no_memory(site);
}

/* --- numbers --- */

static dh_status check_range(const dh_value_site *site, int64_t number, const char *unit)
{
  const dh_option *option = site->option;
  if ((!option->min && !option->max) || (number >= option->min && number <= option->max))
    return DH_OK;
  return complain(site, "%lld%s is out of range: it must lie between %lld and %lld%s",
                  (long long)number, unit, (long long)option->min, (long long)option->max, unit);
}

static dh_status take_number(const dh_value_site *site, const char *text, dh_value *value)
{
  bool yes = false;
  switch (site->option->type) {
  case DH_OPT_BOOLEAN:
    if (!dh_text_bool(text, &yes))
      return ill_typed(site, text, "true or false");
    value->number = yes;
    return DH_OK;
  case DH_OPT_DURATION:
    if (!dh_text_duration(text, &value->number))
      return ill_typed(site, text,
                       "a time; write 30 (seconds), \"250ms\", \"5m\", \"2h\" or \"7d\"");
    return check_range(site, value->number, " ms");
  case DH_OPT_SIZE:
    if (!dh_text_size(text, &value->number))
      return ill_typed(site, text, "a size; write 512 (bytes), \"64K\", \"15M\" or \"2G\"");
    return check_range(site, value->number, " bytes");
  default:
    if (!dh_text_int(text, &value->number))
      return ill_typed(site, text, "a whole number");
    return check_range(site, value->number, "");
  }
}

/* --- texts with a form --- */

static dh_status take_enum(const dh_value_site *site, const char *text, dh_value *value)
{
  char list[256] = "", quoted[64];
  const char *const *choices = site->option->choices;
  static const char *const none[] = {NULL};
  if (!choices)
    choices = none;
  for (size_t i = 0; choices[i]; i++) {
    if (!dh_text_casecmp(text, choices[i]))
      return take_text(site, choices[i], value);
    size_t at = strlen(list);
    snprintf(list + at, sizeof(list) - at, "%s%s", i ? ", " : "", choices[i]);
  }
  const char *near = dh_text_nearest(text, choices);
  return complain(site, "\"%s\" is not one of %s%s%s%s", shown(site, text, quoted), list,
                  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static CURLUcode parse_url(const char *text)
{
  char *host = NULL;
  CURLU *url = curl_url();
  CURLUcode code = url ? curl_url_set(url, CURLUPART_URL, text, 0) : CURLUE_OUT_OF_MEMORY;
  if (!code)
    code = curl_url_get(url, CURLUPART_HOST, &host, 0);
  if (!code && !*host)
    code = CURLUE_NO_HOST;
  curl_free(host);
  curl_url_cleanup(url);
  return code;
}

/* Never shows it: it may hold a password. */
static dh_status take_url(const dh_value_site *site, const char *text, dh_value *value)
{
  if (dh_text_ncasecmp(text, "http://", 7) && dh_text_ncasecmp(text, "https://", 8))
    return complain(site, "a URL must begin with http:// or https://");
  if (text[strcspn(text, " \t\r\n")])
    return complain(site, "a URL holds no spaces");
  CURLUcode code = parse_url(text);
  if (code == CURLUE_OUT_OF_MEMORY)
    return no_memory(site);
  if (code)
    return complain(site, "this is not a URL; write for example "
                          "https://datahub.example.com/api/gms");
  return take_text(site, text, value);
}

/* The caller's home, malloc'ed, or NULL. */
static char *home_folder(void)
{
  const char *home = secure_getenv("HOME");
  struct passwd entry, *found = NULL;
  char buffer[4096];
  if (home && *home)
    return strdup(home);
  if (getpwuid_r(getuid(), &entry, buffer, sizeof(buffer), &found) || !found)
    return NULL;
  return strdup(found->pw_dir);
}

static dh_status take_path(const dh_value_site *site, const char *text, dh_value *value)
{
  if (!*text)
    return complain(site, "the path is empty");
  if (strncmp(text, "~/", 2))
    return take_text(site, text, value);
  errno = 0;
  char *home = home_folder();
  if (!home && errno == ENOMEM)
    return no_memory(site);
  if (!home)
    return complain(site, "\"~/\" stands for the home folder, but HOME is not set");
  int size = asprintf(&value->text, "%s%s", home, text + 1);
  free(home);
  if (size >= 0)
    return DH_OK;
  value->text = NULL;
  return no_memory(site);
}

static dh_status take_secret(const dh_value_site *site, const char *text, dh_value *value)
{
  if (!*text)
    return complain(site, "the value is empty");
  value->secret = dh_secret_new(site->context, text, strlen(text));
  return value->secret ? DH_OK : no_memory(site);
}

static dh_status take_one(const dh_value_site *site, const char *text, dh_value *value)
{
  switch (site->option->type) {
  case DH_OPT_STRING:
    return take_text(site, text, value);
  case DH_OPT_SECRET:
    return take_secret(site, text, value);
  case DH_OPT_INTEGER:
  case DH_OPT_BOOLEAN:
  case DH_OPT_DURATION:
  case DH_OPT_SIZE:
    return take_number(site, text, value);
  case DH_OPT_PATH:
    return take_path(site, text, value);
  case DH_OPT_URL:
    return take_url(site, text, value);
  case DH_OPT_ENUM:
    return take_enum(site, text, value);
  default:
    return complain(site, "its type, %d, is not one that this version knows",
                    (int)site->option->type);
  }
}

/* --- lists and maps --- */

static dh_status add_item(const dh_value_site *site, const char *key, size_t key_size,
                          const char *text, size_t size, dh_value *value)
{
  size_t n = value->count;
  char **items = realloc(value->items, (n + 1) * sizeof(char *));
  if (!items)
    return no_memory(site);
  value->items = items;
  char **keys = realloc(value->keys, (n + 1) * sizeof(char *));
  if (!keys)
    return no_memory(site);
  value->keys = keys;
  items[n] = strndup(text, size);
  keys[n] = strndup(key ? key : "", key_size);
  value->count++;
  return items[n] && keys[n] ? DH_OK : no_memory(site);
}

static dh_status take_children(const dh_value_site *site, const dh_config *node, dh_value *value)
{
  bool map = site->option->type == DH_OPT_MAP;
  for (size_t i = 0; i < dh_config_count(node); i++) {
    const char *key = map ? dh_config_key_at(node, i) : "";
    const dh_config *child = dh_config_at(node, i);
    const char *text = dh_config_text(child);
    dh_value_site at = *site;
    at.where = dh_config_where(child);
    if (!text && map)
      return complain(&at, "the value of \"%s\" must be a single text", key);
    if (!text)
      return complain(&at, "item %zu of the list must be a single text", i + 1);
    dh_status status = add_item(site, key, strlen(key), text, strlen(text), value);
    if (status)
      return status;
  }
  return DH_OK;
}

/* The text form of a list's default is "a,b", that of a map's "k=v,l=w". */
static dh_status take_pieces(const dh_value_site *site, const char *text, dh_value *value)
{
  while (*text) {
    size_t size = strcspn(text, ",");
    size_t key = site->option->type == DH_OPT_MAP ? strcspn(text, "=,") : 0;
    size_t skip = key && key < size ? key + 1 : key;
    dh_status status = add_item(site, text, key, text + skip, size - skip, value);
    if (status)
      return status;
    text += size + (text[size] == ',');
  }
  return DH_OK;
}

static const char *kind_name(const dh_config *node)
{
  switch (dh_config_kind_of(node)) {
  case DH_CONFIG_LIST:
    return "a list";
  case DH_CONFIG_MAP:
    return "a map of keys and values";
  default:
    return "a single value";
  }
}

dh_status dh_value_from_node(const dh_value_site *site, const dh_config *node, dh_value *value)
{
  dh_config_kind kind = dh_config_kind_of(node);
  const char *text = dh_config_text(node);
  value->given = value->set = true;
  if (site->option->type == DH_OPT_MAP)
    return kind == DH_CONFIG_MAP
               ? take_children(site, node, value)
               : complain(site, "must be a map of keys and values, not %s", kind_name(node));
  if (site->option->type == DH_OPT_LIST && kind == DH_CONFIG_LIST)
    return take_children(site, node, value);
  if (!text)
    return complain(site, "must be %s, not %s",
                    site->option->type == DH_OPT_LIST ? "a list" : "a single value",
                    kind_name(node));
  if (site->option->type == DH_OPT_LIST)
    return add_item(site, "", 0, text, strlen(text), value);
  return take_one(site, text, value);
}

dh_status dh_value_from_default(const dh_value_site *site, dh_value *value)
{
  const char *text = site->option->default_value;
  value->set = true;
  if (site->option->type == DH_OPT_LIST || site->option->type == DH_OPT_MAP)
    return take_pieces(site, text, value);
  return take_one(site, text, value);
}

static void clear_text(char *text)
{
  if (text)
    dh_wipe(text, strlen(text));
  free(text);
}

void dh_value_clear(dh_value *value)
{
  for (size_t i = 0; i < value->count; i++) {
    clear_text(value->items[i]);
    free(value->keys[i]);
  }
  free(value->items);
  free(value->keys);
  clear_text(value->text);
  dh_secret_free(value->secret);
  free(value->where);
  free(value->name);
  memset(value, 0, sizeof(*value));
}
