/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which source a sink's credentials come from, and why not from the others.
 */
#ifndef DH_AUTH_PICK_H
#define DH_AUTH_PICK_H

#include "auth/chain.h"
#include "base/buf.h"

typedef enum dh_pick_kind {
  DH_PICK_NONE, /* nothing is configured: requests go without a credential */
  DH_PICK_ONE,  /* one module */
  DH_PICK_LIST  /* a stack */
} dh_pick_kind;

typedef struct dh_pick {
  dh_pick_kind kind;
  const char *plugin;      /* ONE: static or in a node of the sink's configuration */
  const dh_config *config; /* ONE: its options; LIST: the list */
  const dh_config *stacks; /* LIST: what `include` refers to, or NULL */
  dh_config *owned;        /* what `config` is, where it was made here */
  char *origin;            /* of the server that it is for */
  dh_buf said;             /* one line a source considered, each ended by '\n' */
} dh_pick;

/* Fills `pick`, which dh_pick_clear() frees after success and failure alike. The sink's
 * configuration must live as long. */
dh_status dh_pick_make(dh_context *context, const dh_config *sink, const char *server,
                       dh_pick *pick, dh_error *error);
dh_chain *dh_pick_open(dh_context *context, const dh_pick *pick, dh_error *error);
void dh_pick_clear(dh_pick *pick);

/* A name for all that the credential depends on: two picks with the same name may share
 * one. A SHA-256 in hex: it tells nothing of the secrets in it. */
#define DH_PICK_NAME_SIZE 65
dh_status dh_pick_name(const dh_pick *pick, char name[DH_PICK_NAME_SIZE], dh_error *error);

#endif
