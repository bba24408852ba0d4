/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include "metadata/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_object *gms_json_parse(const char *text, size_t size, dh_error *error)
{
  static const dh_json_rules rules = {.depth = GMS_JSON_DEPTH, .last_wins = true};
  dh_json_fault fault;
  json_object *json;
  dh_json_result result = dh_json_parse_as(&rules, text, size, &json, &fault);
  if (result == DH_JSON_NO_MEMORY)
    dh_error_set(error, DH_NO_MEMORY, "out of memory while parsing JSON");
  else if (result != DH_JSON_OK)
    dh_error_set(error, DH_MALFORMED, "not JSON: %s at byte %zu of %zu", fault.why,
                 (size_t)(fault.at - text), size);
  else if (!json)
    dh_error_set(error, DH_MALFORMED, "expected a JSON value, found null");
  return json;
}

const char *gms_json_text(json_object *json)
{
  return json_object_to_json_string_ext(json,
                                        JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

json_object *gms_json_member(json_object *object, const char *key, json_type type)
{
  json_object *value = NULL;
  if (!json_object_is_type(object, json_type_object) ||
      !json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
    return NULL;
  return value;
}

const char *gms_json_string(json_object *object, const char *key)
{
  json_object *value = gms_json_member(object, key, json_type_string);
  return value ? json_object_get_string(value) : NULL;
}

int64_t gms_json_int(json_object *object, const char *key, int64_t fallback)
{
  json_object *value = gms_json_member(object, key, json_type_int);
  return value ? json_object_get_int64(value) : fallback;
}

bool gms_json_bool(json_object *object, const char *key, bool fallback)
{
  json_object *value = gms_json_member(object, key, json_type_boolean);
  if (value)
    return json_object_get_boolean(value);
  const char *text = gms_json_string(object, key);
  if (text && !strcmp(text, "true"))
    return true;
  if (text && !strcmp(text, "false"))
    return false;
  return fallback;
}

void gms_json_add_string(json_object *object, const char *key, const char *value)
{
  if (value)
    json_object_object_add(object, key, json_object_new_string(value));
}

/* The character at `p`, which is valid UTF-8, and its length. */
static unsigned long character(const unsigned char *p, size_t *length)
{
  if (p[0] < 0x80) {
    *length = 1;
    return p[0];
  }
  if (p[0] < 0xe0) {
    *length = 2;
    return (unsigned long)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
  }
  if (p[0] < 0xf0) {
    *length = 3;
    return (unsigned long)(p[0] & 0x0f) << 12 | (unsigned long)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
  }
  *length = 4;
  return (unsigned long)(p[0] & 0x07) << 18 | (unsigned long)(p[1] & 0x3f) << 12 |
         (unsigned long)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
}

char *gms_bytes_decode(const char *text, size_t size, size_t *out_size, dh_error *error)
{
  char *out = malloc(size + 1);
  size_t used = 0;
  if (!out) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while reading an aspect of %zu bytes", size);
    return NULL;
  }
  for (size_t i = 0, length; i < size; i += length) {
    unsigned long c = character((const unsigned char *)text + i, &length);
    if (c > 0xff) {
      dh_error_set(error, DH_MALFORMED,
                   "the value is of the type bytes, and the character U+%04lX at byte %zu is none: "
                   "write characters outside ASCII as \\uXXXX",
                   c, i);
      free(out);
      return NULL;
    }
    out[used++] = (char)c;
  }
  out[used] = '\0';
  *out_size = used;
  return out;
}

char *gms_json_ascii(const char *text, size_t size)
{
  char *out = malloc(size * 6 + 1);
  size_t used = 0;
  if (!out)
    return NULL;
  for (size_t i = 0, length; i < size; i += length) {
    unsigned long c = character((const unsigned char *)text + i, &length);
    if (c < 0x80)
      out[used++] = (char)c;
    else if (c < 0x10000)
      used += (size_t)sprintf(out + used, "\\u%04lx", c);
    else
      used += (size_t)sprintf(out + used, "\\u%04lx\\u%04lx", 0xd800 + ((c - 0x10000) >> 10),
                              0xdc00 + ((c - 0x10000) & 0x3ff));
  }
  out[used] = '\0';
  return out;
}
