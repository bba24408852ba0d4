/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a configuration tree, for those that build one. A node owns its
 * children, its text and its "file:line"; nothing is shared between nodes, so that a
 * subtree can be copied or freed alone.
 */
#ifndef DH_CONFIG_TREE_H
#define DH_CONFIG_TREE_H

#include <datahub/config.h>

#include <stdbool.h>

/* Bounds of what is read: far above any real configuration, low enough that no file
 * (an alias bomb above all) costs more than a moment. */
#define DH_CONFIG_MAX_BYTES ((size_t)8 << 20)
#define DH_CONFIG_MAX_DEPTH 64
#define DH_CONFIG_MAX_NODES 100000
#define DH_CONFIG_MAX_KEYS 4096

struct dh_config {
  dh_config_kind kind;
  bool expanded; /* the text came out of the environment, not out of the file */
  int line;
  char *key;   /* in a map, else NULL */
  char *text;  /* of a scalar */
  char *where; /* "file:line" */
  dh_config **items;
  size_t count, capacity;
};

/* What one reading shares: the limits are counted over the whole tree. */
typedef struct dh_config_reader {
  dh_context *context;
  const char *name; /* the file, in messages */
  size_t nodes;
  size_t bytes; /* of texts, copies of aliases included */
  bool bare;    /* "$NAME" at the start of a value counts, as in a DataHub recipe */
  dh_error *error;
} dh_config_reader;

/* A node of the reader's file, counted; NULL and the reader's error past a limit. */
dh_config *dh_config_node(dh_config_reader *reader, dh_config_kind kind, int line);
/* Gives a scalar its text: a copy, with the environment expanded. */
bool dh_config_take_text(dh_config_reader *reader, dh_config *node, const char *text, size_t size);
/* Appends a child, which belongs to `parent` from then on, also on failure. */
bool dh_config_append(dh_config *parent, dh_config *child);
/* The same for a map: refuses a key that is there already, and too many of them. */
bool dh_config_insert(dh_config_reader *reader, dh_config *map, const char *key, dh_config *child);
/* A copy of a subtree, counted against the reader's limits. NULL and its error. */
dh_config *dh_config_duplicate(dh_config_reader *reader, const dh_config *node);
/* The child of a map by its whole key, or NULL. */
dh_config *dh_config_child(const dh_config *map, const char *key, size_t size);
/* "out of memory" and NULL. */
dh_config *dh_config_no_memory(dh_error *error);

/* The readers of the two forms. `text` is NUL-terminated at `size`. */
dh_config *dh_config_read_libconfig(dh_config_reader *reader, const char *text, size_t size);
dh_config *dh_config_read_yaml(dh_config_reader *reader, const char *text, size_t size);

/* Refuses, in words, what libconfig would misread or take too far. */
bool dh_config_scan_libconfig(dh_config_reader *reader, const char *text);

/*
 * Expands ${VAR}, ${VAR:-default} and $$ of a value. `bare`: also $VAR at the start of
 * a value, where VAR is set. On DH_OK `*out` is malloc'ed; `*expanded` says whether
 * anything came from the environment. `error` gets no place: the caller knows it.
 */
dh_status dh_config_expand(const char *text, bool bare, char **out, bool *expanded,
                           dh_error *error);

#endif
