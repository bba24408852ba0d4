/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small readings of json-c trees, and the two encodings of text that GMS's wire form has.
 */
#ifndef GMS_JSON_H
#define GMS_JSON_H

#include <datahub/error.h>

#include <json-c/json.h>
#include <stdbool.h>

/* The most levels of what is read, and so of what may be written. */
#define GMS_JSON_DEPTH 200

/* Strict JSON in UTF-8, at most GMS_JSON_DEPTH levels deep; of members of one name the last counts.
 * NULL and DH_MALFORMED otherwise. The text `null` is malformed too: nothing here may be it. */
json_object *gms_json_parse(const char *text, size_t size, dh_error *error);
/* Strict text without white space between tokens; owned by the tree. */
const char *gms_json_text(json_object *json);

/* A string member, or NULL where it is absent or no string. */
const char *gms_json_string(json_object *object, const char *key);
/* A member of that type, or NULL. */
json_object *gms_json_member(json_object *object, const char *key, json_type type);
/* An integer member, or `fallback`. */
int64_t gms_json_int(json_object *object, const char *key, int64_t fallback);
/* A boolean member, or the strings "true" and "false"; else `fallback`. */
bool gms_json_bool(json_object *object, const char *key, bool fallback);
/* Adds a string; NULL adds nothing. */
void gms_json_add_string(json_object *object, const char *key, const char *value);

/*
 * Pegasus writes the type `bytes` as a JSON string with one character for each byte. The
 * text of an aspect crosses the wire in that form: a character above U+00FF cannot be
 * one, and those from U+0080 are taken as bytes of UTF-8.
 * Returns malloc'ed bytes, NUL-terminated, or NULL and DH_MALFORMED.
 */
char *gms_bytes_decode(const char *text, size_t size, size_t *out_size, dh_error *error);
/* JSON text in pure ASCII, so that it survives that form; malloc'ed, NULL out of memory. */
char *gms_json_ascii(const char *text, size_t size);

#endif
