/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dead-letter file: rejected records in the form that files hold, one a line, so that they
 * can be mended and sent again. Made when the first record is rejected; mode 0600.
 */
#ifndef DH_EMIT_DEAD_LETTER_H
#define DH_EMIT_DEAD_LETTER_H

#include <datahub/metadata.h>

typedef struct dh_dead_letter dh_dead_letter;

dh_dead_letter *dh_dead_letter_new(const char *path);
/* Appends a record whole or not at all: a line cut short by a full disk is taken back.
 * DH_UNAVAILABLE with the file, the cause and the cure. */
dh_status dh_dead_letter_add(dh_dead_letter *letter, const dh_record *record, dh_error *error);
void dh_dead_letter_free(dh_dead_letter *letter);

#endif
