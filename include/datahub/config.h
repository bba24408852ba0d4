/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config.h
 * One neutral tree for configuration, whatever file it was read from: libconfig,
 * or the YAML of a DataHub recipe. Each node knows the file and line it came from.
 *
 * A tree is read-only once loaded and then safe to read from several threads.
 */
#ifndef DATAHUB_CONFIG_H
#define DATAHUB_CONFIG_H

#include <datahub/context.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dh_config_kind {
  DH_CONFIG_NULL = 0,
  DH_CONFIG_SCALAR = 1, /**< text; its type is decided by who reads it */
  DH_CONFIG_LIST = 2,
  DH_CONFIG_MAP = 3
} dh_config_kind;

/** A node of a tree. Nodes belong to their root, which dh_config_free() frees. */
typedef struct dh_config dh_config;

/**
 * Reads a configuration file. A name that ends in .yml, .yaml, .json or .datahubenv is
 * read as YAML (libyaml), any other as libconfig; "-" is standard input, read as YAML
 * where its first line looks so.
 *
 * `${VAR}` and `${VAR:-default}` in values are expanded from the environment; `$$` stands
 * for one `$`; an unset variable without a default is an error that names it, with file
 * and line. In YAML a value that begins with `$VAR` takes the variable too, where it is
 * set, as DataHub reads its recipes. YAML anchors and merge keys are resolved; a second
 * document, an unknown tag and a key that is given twice are errors, and so is libconfig's
 * `@include`. Bounds: 8 MiB, 64 levels, 100000 values with aliases resolved, 4096 keys a map.
 *
 * A file that holds a token in plain and is readable by others is warned of in the log.
 * @param context  for that warning only; may be NULL.
 * @returns the root, freed with dh_config_free(), or NULL and `error`: DH_UNAVAILABLE
 *          (cannot be read), DH_MALFORMED (does not parse, or past a bound),
 *          DH_MISCONFIGURED (a variable), DH_NO_MEMORY. An empty file is an empty map.
 * Thread-safe, as long as no thread changes the environment.
 */
DH_API dh_config *dh_config_load(dh_context *context, const char *path, dh_error *error);

/** The format of a text for dh_config_parse(). */
typedef enum dh_config_format { DH_CONFIG_LIBCONFIG = 0, DH_CONFIG_YAML = 1 } dh_config_format;

/** The same from memory, which need not end in a NUL; `name` stands for the file in messages. */
DH_API dh_config *dh_config_parse(dh_context *context, dh_config_format format, const char *text,
                                  size_t size, const char *name, dh_error *error);

/** An empty map to be filled with dh_config_set(); `name` ("the command line") stands for
 *  file and line in messages. NULL when out of memory. */
DH_API dh_config *dh_config_new_map(const char *name);

/**
 * Sets a scalar at a path of map keys ("config.server"), making the maps between.
 * An existing value is replaced. DH_MISCONFIGURED where the path runs through a
 * scalar or a list; DH_NO_MEMORY.
 */
DH_API dh_status dh_config_set(dh_config *root, const char *path, const char *value,
                               dh_error *error);

/** Takes the value at a path out of a map, wiped and freed with all below it. Nothing
 *  happens where there is none. */
DH_API void dh_config_remove(dh_config *root, const char *path);

/** A deep copy of a node as a root of its own. NULL when out of memory. */
DH_API dh_config *dh_config_copy(const dh_config *node);

/** Wipes (values may be secrets) and frees a whole tree, by its root. NULL is accepted. */
DH_API void dh_config_free(dh_config *root);

DH_API dh_config_kind dh_config_kind_of(const dh_config *node);
/** A scalar's text; NULL for any other kind or a NULL node. */
DH_API const char *dh_config_text(const dh_config *node);
/** How many children a list or map has; 0 for any other. */
DH_API size_t dh_config_count(const dh_config *node);
/** The child at `index`, in the file's order, or NULL. */
DH_API const dh_config *dh_config_at(const dh_config *node, size_t index);
/** The key of the child at `index` of a map, or NULL. */
DH_API const char *dh_config_key_at(const dh_config *node, size_t index);
/** The child of a map by path ("sink.config.server"), or NULL. */
DH_API const dh_config *dh_config_get(const dh_config *node, const char *path);
/** The text at a path, or `fallback`. */
DH_API const char *dh_config_get_text(const dh_config *node, const char *path,
                                      const char *fallback);
/** "file:line" for messages; static or owned by the node; never NULL. */
DH_API const char *dh_config_where(const dh_config *node);

/**
 * Checks a map against a table of options (ended by a NULL name) and holds the
 * values, converted. `owner` names the module or program in messages. `ignored` (may
 * be NULL) is a NULL-ended list of keys that others read. `node` may be NULL (all defaults).
 * A null, and a secret with an empty text, count as not given. A default is written in the
 * text form of its type; that of a list is "a,b", that of a map "k=v,l=w". A deprecated
 * option that is given is warned of in the log.
 * Errors (DH_MISCONFIGURED): an unknown key, with the nearest known one; a missing
 * or ill-typed value, with key, owner, file and line. Also DH_NO_MEMORY. Values that may
 * be secret (SECRET, MAP, URL) are never quoted.
 * @returns values freed with dh_options_free(); they point into neither `node` nor `table`
 *          and may be read from several threads.
 */
DH_API dh_options *dh_options_check(dh_context *context, const dh_option *table, const char *owner,
                                    const dh_config *node, const char *const *ignored,
                                    dh_error *error);
DH_API void dh_options_free(dh_options *options);

/* Reading them: as the functions of the same name in plugin.h's dh_host. */
DH_API const char *dh_options_text(const dh_options *options, const char *name);
DH_API int64_t dh_options_number(const dh_options *options, const char *name);
DH_API const dh_secret *dh_options_secret(const dh_options *options, const char *name);
DH_API size_t dh_options_count(const dh_options *options, const char *name);
DH_API const char *dh_options_item(const dh_options *options, const char *name, size_t index);
DH_API const char *dh_options_key(const dh_options *options, const char *name, size_t index);
DH_API const char *dh_options_where(const dh_options *options, const char *name);
/** Whether it was given, not merely defaulted. */
DH_API int dh_options_given(const dh_options *options, const char *name);

#ifdef __cplusplus
}
#endif

#endif
