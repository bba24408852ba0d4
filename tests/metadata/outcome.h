/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that reading an input comes to, as one text in which two ways of reading
 * can be compared: for each record a line "record INDEX at LINE of SIZE bytes", then
 * each proposal in a canonical form (members sorted, the aspect's string parsed); or the
 * message of what could not be read.
 */
#ifndef DH_TESTS_OUTCOME_H
#define DH_TESTS_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#define OUTCOME_NOW 1700000000000
/* Stands in an outcome only where a proposal is no JSON: everything else is escaped. */
#define OUTCOME_BROKEN "\x01"

typedef struct outcome_how {
  size_t chunk; /* bytes that one read gives, 0: all */
  bool trees;   /* no bulk path */
  size_t max_record;
  const char *client; /* client id and version, NULL: none */
  bool meaning;       /* what it means only: not where it stood, nor how long it was */
} outcome_how;

/* Free the text with free(). */
char *outcome_of(const void *bytes, size_t size, outcome_how how);
/* One proposal in the canonical form, NULL where it is not JSON or its aspect is not. */
char *outcome_canonical(const char *proposal, size_t size);

#endif
