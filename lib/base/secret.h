/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets in memory that is made for them (locked.h). Live ones are listed for redaction.
 */
#ifndef DH_SECRET_H
#define DH_SECRET_H

#include "base/redact.h"

struct dh_secret {
  dh_registry *registry;
  struct dh_secret *next, *prev;
  size_t size;
  size_t whole; /* of this struct with the value */
  char bytes[];
};

#endif
