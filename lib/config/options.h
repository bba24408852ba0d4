/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checked options: what dh_options_check() makes, and how one value becomes one.
 */
#ifndef DH_CONFIG_OPTIONS_H
#define DH_CONFIG_OPTIONS_H

#include <datahub/config.h>

#include <stdbool.h>

typedef struct dh_value {
  char *name;
  dh_option_type type;
  bool given;        /* by the configuration */
  bool set;          /* given or defaulted */
  char *where;       /* "file:line" */
  char *text;        /* STRING, PATH, URL, ENUM */
  int64_t number;    /* INTEGER, BOOLEAN, DURATION (ms), SIZE */
  dh_secret *secret; /* SECRET */
  char **items;      /* LIST, MAP */
  char **keys;       /* MAP */
  size_t count;
} dh_value;

struct dh_options {
  char *where; /* of the map */
  size_t count;
  dh_value values[];
};

/* Who complains, about what, where. */
typedef struct dh_value_site {
  dh_context *context;
  const char *owner;
  const char *where;
  const dh_option *option;
  dh_error *error;
} dh_value_site;

/* Fill `value` from the configuration, or from the text of a default. */
dh_status dh_value_from_node(const dh_value_site *site, const dh_config *node, dh_value *value);
dh_status dh_value_from_default(const dh_value_site *site, dh_value *value);
void dh_value_clear(dh_value *value);

#endif
