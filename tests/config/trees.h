/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees for tests: read from a text, written as one line that shows kind and value:
 * {a:"1" b:["x" ~]}.
 */
#ifndef DH_TESTS_TREES_H
#define DH_TESTS_TREES_H

#include "base/buf.h"

#include <datahub/config.h>

#include <string.h>

#define CFG DH_CONFIG_LIBCONFIG
#define YML DH_CONFIG_YAML

static inline dh_config *read_tree(dh_config_format format, const char *text, dh_error *error)
{
  return dh_config_parse(NULL, format, text, strlen(text), format == YML ? "f.yml" : "f.cfg",
                         error);
}

static inline void add_tree(dh_buf *out, const dh_config *node)
{
  dh_config_kind kind = dh_config_kind_of(node);
  if (kind == DH_CONFIG_NULL)
    dh_buf_adds(out, "~");
  else if (kind == DH_CONFIG_SCALAR)
    dh_buf_addf(out, "\"%s\"", dh_config_text(node));
  else
    dh_buf_addc(out, kind == DH_CONFIG_MAP ? '{' : '[');
  for (size_t i = 0; i < dh_config_count(node); i++) {
    if (i)
      dh_buf_addc(out, ' ');
    if (kind == DH_CONFIG_MAP)
      dh_buf_addf(out, "%s:", dh_config_key_at(node, i));
    add_tree(out, dh_config_at(node, i));
  }
  if (kind == DH_CONFIG_MAP || kind == DH_CONFIG_LIST)
    dh_buf_addc(out, kind == DH_CONFIG_MAP ? '}' : ']');
}

static inline void expect_node(const dh_config *node, const char *shown)
{
  dh_buf out;
  dh_buf_init(&out);
  add_tree(&out, node);
  ck_assert_str_eq(dh_buf_text(&out), shown);
  dh_buf_free(&out);
}

static inline void expect_tree(dh_config_format format, const char *text, const char *shown)
{
  dh_error error;
  dh_config *root = read_tree(format, text, &error);
  ck_assert_msg(root != NULL, "%s", error.message);
  expect_node(root, shown);
  dh_config_free(root);
}

static inline void expect_refusal(dh_config_format format, const char *text, dh_status status,
                                  const char *message)
{
  dh_error error;
  dh_config *root = read_tree(format, text, &error);
  ck_assert_ptr_null(root);
  ck_assert_str_eq(error.message, message);
  ck_assert_int_eq(error.status, status);
}

#endif
