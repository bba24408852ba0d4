/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict reader of small JSON objects from outside: JOSE headers, claims, keys.
 *
 * It makes no tree and allocates nothing: it checks the whole text and points out the
 * members of the outermost object. What a lenient reader would let pass is refused,
 * since two readers that differ are how a token comes to mean two things: a member that
 * appears twice (at any depth), text after the object, bytes that are not UTF-8, a lone
 * surrogate, a NUL (raw or escaped), nesting beyond a bound.
 */
#ifndef DH_JSON_H
#define DH_JSON_H

#include "base/buf.h"

#include <datahub/plugin.h>

#include <stdbool.h>

/* Members of the outermost object; members of all objects open at one moment. */
#define DH_JSON_MAX_MEMBERS 96
#define DH_JSON_MAX_OPEN 256
#define DH_JSON_MAX_DEPTH 24

typedef enum dh_json_type {
  DH_JSON_NULL,
  DH_JSON_FALSE,
  DH_JSON_TRUE,
  DH_JSON_NUMBER,
  DH_JSON_STRING,
  DH_JSON_ARRAY,
  DH_JSON_OBJECT
} dh_json_type;

/* A value as it stands in the text; of a string what is between the quotes. */
typedef struct dh_json_value {
  const char *ptr;
  size_t len;
  dh_json_type type;
  bool escaped; /* a string that holds a backslash */
} dh_json_value;

typedef struct dh_json_member {
  dh_json_value name;
  dh_json_value value;
} dh_json_member;

typedef struct dh_json_object {
  size_t count;
  const char *fault; /* in words, where it was refused */
  size_t fault_at;   /* and the byte */
  dh_json_member member[DH_JSON_MAX_MEMBERS];
} dh_json_object;

/* Reads a text that is one object. False with `fault` where it is refused. The values
 * point into `text`. */
bool dh_json_read(dh_json_object *object, const char *text, size_t size);

/* The member of that name, or NULL. */
const dh_json_value *dh_json_get(const dh_json_object *object, const char *name);

/* Steps through an array that dh_json_read() has passed; `*at` is 0 at the start. */
bool dh_json_next(const dh_json_value *array, size_t *at, dh_json_value *element);

/* Whether a value is a string equal to `text`. */
bool dh_json_is(const dh_json_value *value, const char *text, size_t size);

/* Appends a string's characters, unescaped. False where it is no string. */
bool dh_json_string(const dh_json_value *value, dh_buf *out);

/* A string as NUL-terminated text to be freed, or NULL (no string, out of memory). */
char *dh_json_dup(const dh_json_value *value);

/* A number written as an integer, without fraction or exponent, within int64_t. */
bool dh_json_integer(const dh_json_value *value, int64_t *out);

#endif
