/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON (RFC 8259) into a json-c tree. json-c's own parser rounds numbers, takes
 * words that are not JSON, mends what it should refuse and makes U+FFFD of one in 32 of the
 * escaped characters above U+FFFF; this one keeps a number's bytes, and refuses invalid
 * UTF-8, unpaired surrogates, a member named twice and nesting beyond DH_JSON_DEPTH, so
 * that the fast path and this one mean the same.
 */
#ifndef DH_METADATA_JSON_H
#define DH_METADATA_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* Containers within one another, the outermost counted. */
#define DH_JSON_DEPTH 256

struct json_object;

typedef enum dh_json_result {
  DH_JSON_OK,
  DH_JSON_MORE, /* it is well formed so far, and the bytes have ended */
  DH_JSON_BAD,
  DH_JSON_NO_MEMORY
} dh_json_result;

typedef struct dh_json_fault {
  const char *at; /* within the text */
  char why[160];
} dh_json_fault;

/*
 * Parses the value that `text` begins with (white space before it is skipped). `whole`:
 * nothing follows `size` bytes, an end within the value is a fault. *used is where the
 * value ended; *out is NULL for a JSON null; free it with json_object_put().
 */
dh_json_result dh_json_parse(const char *text, size_t size, bool whole, struct json_object **out,
                             size_t *used, dh_json_fault *fault);
/* The same for a text that is one value and nothing else. */
dh_json_result dh_json_parse_whole(const char *text, size_t size, struct json_object **out,
                                   dh_json_fault *fault);

/* What the reader of a request or an answer wants otherwise. */
typedef struct dh_json_rules {
  int depth;      /* containers within one another, DH_JSON_DEPTH at most */
  bool last_wins; /* a member named twice is what it was last, as for most readers of JSON */
} dh_json_rules;
/* dh_json_parse_whole() under such rules. */
dh_json_result dh_json_parse_as(const dh_json_rules *rules, const char *text, size_t size,
                                struct json_object **out, dh_json_fault *fault);

/* What programs do with JSON that came from elsewhere, of all its depth and the last of two members
 * counting: the tree of a text, to be put; NULL where it is no JSON (a text that is NULL is none),
 * and where it is null. */
struct json_object *dh_json_tree(const char *text, size_t size);

#endif
