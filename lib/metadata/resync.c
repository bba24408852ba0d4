/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where to go on after a malformed record. In an array: behind its closing bracket, if
 * what comes then is what an array has there. Between records of the outermost level: at
 * the next line, if this record began one and the next line begins an object, as JSON
 * lines do; else as in an array. Anything else would be a guess, and a guess could send
 * a part of a record as a record.
 */
#include "metadata/reader.h"

#include <string.h>

/* The byte at `offset` of the window, -1 at the end of the input, -2 on an error. */
static int byte_at(dh_reader *reader, size_t offset, dh_error *error)
{
  while (offset >= dh_window_size(&reader->window)) {
    dh_fill fill = dh_reader_fill(reader, error);
    if (fill != DH_FILL_MORE)
      return fill == DH_FILL_END ? -1 : -2;
  }
  return (unsigned char)dh_window_at(&reader->window)[offset];
}

/* The first byte from *offset on that is no white space, as byte_at(). */
static int next_byte(dh_reader *reader, size_t *offset, dh_error *error)
{
  int c;
  while ((c = byte_at(reader, *offset, error)) == ' ' || c == '\n' || c == '\r' || c == '\t')
    (*offset)++;
  return c;
}

static bool resync_at_line(dh_reader *reader, size_t *skip, dh_error *error)
{
  size_t offset = 0;
  int c;
  while ((c = byte_at(reader, offset, error)) >= 0 && c != '\n')
    if (++offset > reader->max_record)
      return false;
  if (c == -1) {
    *skip = offset;
    return true;
  }
  while (c == '\n' || c == '\r')
    c = byte_at(reader, ++offset, error);
  *skip = offset;
  return c == '{' || c == -1;
}

static bool resync_at_bracket(dh_reader *reader, size_t *skip, dh_error *error)
{
  size_t scanned = 0, used = 0;
  dh_frame_begin(&reader->frame);
  for (;;) {
    size_t size = dh_window_size(&reader->window);
    dh_frame_result result = dh_frame_scan(&reader->frame, dh_window_at(&reader->window) + scanned,
                                           size - scanned, &used);
    if (result == DH_FRAME_LOST)
      return false;
    if (result == DH_FRAME_END)
      break;
    scanned = size;
    if (size > reader->max_record)
      return false;
    dh_fill fill = dh_reader_fill(reader, error);
    if (fill == DH_FILL_END) {
      *skip = size;
      return true;
    }
    if (fill == DH_FILL_FATAL)
      return false;
  }
  *skip = scanned + used;
  size_t offset = *skip;
  int c = next_byte(reader, &offset, error);
  if (reader->state == DH_READER_TOP)
    return c == '{' || c == '[' || c == -1;
  return c == ',' || c == ']' || c == -1;
}

bool dh_reader_resync(dh_reader *reader, size_t *skip, dh_error *error)
{
  if (reader->state == DH_READER_TOP && reader->at_line && resync_at_line(reader, skip, error))
    return true;
  return resync_at_bracket(reader, skip, error);
}
