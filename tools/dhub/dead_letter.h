/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dead-letter file: records that were not delivered, in a form that `dhub emit` reads
 * again, one after the other and nothing between. Why each is there stands in
 * FILE.reasons, one JSON object a line, by the record's offset in FILE.
 *
 * Records are added at the end of a file that is there. Each is written out at once: an
 * end of the process at any instant loses none that was reported.
 */
#ifndef DHUB_DEAD_LETTER_H
#define DHUB_DEAD_LETTER_H

#include "output.h"

#include <datahub/metadata.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct dead_letter dead_letter;

/* Opens both files. `inputs` (ended by NULL) are files that it must not be. NULL and `error`:
 * DH_MISCONFIGURED (it is an input), DH_UNAVAILABLE, DH_NO_MEMORY. */
dead_letter *dead_letter_open(const char *path, char *const *inputs, dhub_output *output,
                              dh_error *error);

/* Adds a record that was refused or could not be delivered. Any thread. What cannot be
 * written is counted, and named on standard error. */
void dead_letter_add(dead_letter *letter, const dh_record *record, const char *fate,
                     const dh_error *why);
/* Adds an input record that could not be read, byte for byte. */
void dead_letter_add_raw(dead_letter *letter, const dh_input_record *input, const char *name,
                         const dh_error *why);

/* How many records are in it from this run, and how many could not be written. */
uint64_t dead_letter_count(dead_letter *letter);
uint64_t dead_letter_lost(dead_letter *letter);

/* Syncs and closes; files that this run made and that are empty go. NULL is accepted.
 * False where something could not be written (said already). */
bool dead_letter_close(dead_letter *letter);

#endif
