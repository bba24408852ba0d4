/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/frame.h"

#include <string.h>

void dh_frame_begin(dh_frame *frame)
{
  frame->depth = 0;
  frame->in_string = frame->escaped = false;
}

static void scan_string(dh_frame *frame, char c)
{
  if (frame->escaped)
    frame->escaped = false;
  else if (c == '\\')
    frame->escaped = true;
  else if (c == '"')
    frame->in_string = false;
}

/* A byte outside strings; false where no JSON has it there. */
static bool scan_plain(dh_frame *frame, char c)
{
  switch (c) {
  case '"':
    frame->in_string = true;
    return frame->depth > 0;
  case '{':
  case '[':
    if (frame->depth == DH_FRAME_DEPTH)
      return false;
    frame->closers[frame->depth++] = c == '{' ? '}' : ']';
    return true;
  case '}':
  case ']':
    return frame->depth && frame->closers[--frame->depth] == c;
  default:
    return c && strchr(" \n\r\t:,+-.0123456789abcdefghijklmnopqrstuvwxyzEFINT", c);
  }
}

dh_frame_result dh_frame_scan(dh_frame *frame, const char *bytes, size_t size, size_t *used)
{
  for (size_t i = 0; i < size; i++) {
    if (frame->in_string) {
      if ((unsigned char)bytes[i] < ' ')
        return DH_FRAME_LOST;
      scan_string(frame, bytes[i]);
      continue;
    }
    if (!scan_plain(frame, bytes[i]))
      return DH_FRAME_LOST;
    if (!frame->depth) {
      *used = i + 1;
      return DH_FRAME_END;
    }
  }
  return DH_FRAME_MORE;
}
