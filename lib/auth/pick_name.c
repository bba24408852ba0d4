/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/pick.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* Each text with its length before it, so that no two trees are written alike. */
static void add_text(dh_buf *buf, const char *text)
{
  dh_buf_addf(buf, "%zu:", text ? strlen(text) : 0);
  dh_buf_adds(buf, text ? text : "");
}

static void add_tree(dh_buf *buf, const dh_config *node)
{
  dh_buf_addf(buf, "%d,%zu;", (int)dh_config_kind_of(node), dh_config_count(node));
  if (dh_config_kind_of(node) == DH_CONFIG_SCALAR)
    add_text(buf, dh_config_text(node));
  for (size_t i = 0; i < dh_config_count(node); i++) {
    add_text(buf, dh_config_key_at(node, i));
    add_tree(buf, dh_config_at(node, i));
  }
}

dh_status dh_pick_name(const dh_pick *pick, char name[DH_PICK_NAME_SIZE], dh_error *error)
{
  unsigned char digest[32];
  size_t size = sizeof(digest);
  dh_buf text;
  dh_buf_init_secret(&text);
  dh_buf_addf(&text, "%d", (int)pick->kind);
  add_text(&text, pick->origin);
  add_text(&text, pick->plugin);
  add_tree(&text, pick->config);
  add_tree(&text, pick->stacks);
  bool good = dh_buf_text(&text) &&
              EVP_Q_digest(NULL, "SHA256", NULL, text.data, text.size, digest, &size) == 1;
  dh_buf_wipe(&text);
  if (!good)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while naming the credentials");
  for (size_t i = 0; i < size; i++)
    snprintf(name + 2 * i, 3, "%02x", digest[i]);
  return DH_OK;
}
