/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader's own state, and what finds the place to go on after a bad record.
 */
#ifndef DH_METADATA_READER_H
#define DH_METADATA_READER_H

#include "metadata/fast.h"
#include "metadata/frame.h"
#include "metadata/window.h"

#include "metadata/proposal.h"

#include <datahub/metadata.h>

/* How many proposals one MCE may make: more aspects than any entity has. */
#define DH_MAX_PROPOSALS 256

typedef enum dh_reader_state {
  DH_READER_TOP,         /* before a value of the outermost level */
  DH_READER_ARRAY_FIRST, /* behind a '[' */
  DH_READER_ARRAY_NEXT,  /* behind a record in an array */
  DH_READER_FAILED
} dh_reader_state;

struct dh_reader {
  dh_window window;
  dh_reader_state state;
  char *name;
  int fd; /* -1: the caller's function reads */
  size_t max_record;
  uint64_t index;
  uint64_t line; /* of the window's first unused byte */
  bool at_line;  /* that byte begins a line */
  bool begun;    /* the first bytes have been looked at */
  bool no_fast;  /* trees only: for tests and measurements */
  dh_frame frame;
  dh_fast fast;
  dh_record_spans spans[DH_MAX_PROPOSALS]; /* of the present record */
};

/* What an end of dh_window_more() means to the reader. */
typedef enum dh_fill {
  DH_FILL_MORE,
  DH_FILL_END,
  DH_FILL_FATAL /* `error` says why */
} dh_fill;

dh_fill dh_reader_fill(dh_reader *reader, dh_error *error);
/* Uses up bytes of the window and counts their lines. */
void dh_reader_advance(dh_reader *reader, size_t size);

/* Sets *skip to the bytes that the malformed record at the window's beginning takes.
 * false: where the next one begins cannot be told, and `error` may say why. */
bool dh_reader_resync(dh_reader *reader, size_t *skip, dh_error *error);

#endif
