/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Large enough that a read costs little a record, small enough to stay in the cache. */
#define WINDOW_SIZE (256 * 1024)

static bool resize(dh_window *window, size_t capacity)
{
  char *data = realloc(window->data, capacity + DH_WINDOW_PAD);
  if (!data)
    return false;
  window->data = data;
  window->capacity = capacity;
  return true;
}

dh_window_result dh_window_init(dh_window *window, dh_read_fn read, void *arg)
{
  *window = (dh_window){.read = read, .arg = arg};
  if (!resize(window, WINDOW_SIZE))
    return DH_WINDOW_NO_MEMORY;
  memset(window->data, 0, DH_WINDOW_PAD);
  return DH_WINDOW_MORE;
}

void dh_window_free(dh_window *window)
{
  free(window->data);
  window->data = NULL;
}

/* Room for at least a quarter of the window; one that grew for a large record shrinks
 * again once that is used up. */
static bool make_room(dh_window *window)
{
  size_t size = dh_window_size(window);
  if (window->begin) {
    memmove(window->data, window->data + window->begin, size);
    window->begin = 0;
    window->end = size;
  }
  if (size > window->capacity - window->capacity / 4)
    return resize(window, window->capacity * 2);
  if (window->capacity > WINDOW_SIZE && size < WINDOW_SIZE / 2)
    return resize(window, WINDOW_SIZE);
  return true;
}

dh_window_result dh_window_more(dh_window *window)
{
  if (window->eof)
    return DH_WINDOW_END;
  if (!make_room(window))
    return DH_WINDOW_NO_MEMORY;
  int64_t n;
  do
    n = window->read(window->arg, window->data + window->end, window->capacity - window->end);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return DH_WINDOW_ERROR;
  window->eof = n == 0;
  window->end += (size_t)n;
  memset(window->data + window->end, 0, DH_WINDOW_PAD);
  return n ? DH_WINDOW_MORE : DH_WINDOW_END;
}
