/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets in pages of their own: locked into memory, left out of core files, wiped
 * before they are given back. Live ones are listed for redaction.
 */
#ifndef DH_SECRET_H
#define DH_SECRET_H

#include "base/redact.h"

struct dh_secret {
  dh_registry *registry;
  struct dh_secret *next, *prev;
  size_t size;
  size_t mapped; /* bytes of the mapping that holds this struct and the value */
  char bytes[];
};

#endif
