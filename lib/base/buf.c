/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <datahub/context.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dh_buf_init(dh_buf *buf)
{
  memset(buf, 0, sizeof(*buf));
}

void dh_buf_init_secret(dh_buf *buf)
{
  dh_buf_init(buf);
  buf->secret = true;
}

/* realloc() may move the bytes and leave a copy behind; a secret's must not stay. */
static char *grow(dh_buf *buf, size_t capacity)
{
  if (!buf->secret)
    return realloc(buf->data, capacity);
  char *data = malloc(capacity);
  if (!data)
    return NULL;
  if (buf->data) {
    memcpy(data, buf->data, buf->size);
    dh_wipe(buf->data, buf->capacity);
    free(buf->data);
  }
  return data;
}

bool dh_buf_reserve(dh_buf *buf, size_t more)
{
  if (buf->failed)
    return false;
  if (more < buf->capacity - buf->size)
    return true;
  if (more >= SIZE_MAX / 2 - buf->size) {
    buf->failed = true;
    return false;
  }
  size_t want = buf->size + more + 1;
  size_t capacity = buf->capacity < 64 ? 64 : buf->capacity + buf->capacity / 2;
  if (capacity < want)
    capacity = want;
  char *data = grow(buf, capacity);
  if (!data) {
    buf->failed = true;
    return false;
  }
  buf->data = data;
  buf->capacity = capacity;
  return true;
}

void dh_buf_add(dh_buf *buf, const void *bytes, size_t size)
{
  if (!dh_buf_reserve(buf, size))
    return;
  if (size)
    memcpy(buf->data + buf->size, bytes, size);
  buf->size += size;
  buf->data[buf->size] = '\0';
}

void dh_buf_adds(dh_buf *buf, const char *text)
{
  dh_buf_add(buf, text, strlen(text));
}

void dh_buf_addc(dh_buf *buf, char c)
{
  dh_buf_add(buf, &c, 1);
}

void dh_buf_addv(dh_buf *buf, const char *format, va_list ap)
{
  va_list again;
  va_copy(again, ap);
  int need = vsnprintf(NULL, 0, format, ap);
  if (need < 0)
    buf->failed = true;
  else if (dh_buf_reserve(buf, (size_t)need)) {
    vsnprintf(buf->data + buf->size, (size_t)need + 1, format, again);
    buf->size += (size_t)need;
  }
  va_end(again);
}

void dh_buf_addf(dh_buf *buf, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  dh_buf_addv(buf, format, ap);
  va_end(ap);
}

static const char *json_escape(unsigned char c, char scratch[7])
{
  switch (c) {
  case '"':
    return "\\\"";
  case '\\':
    return "\\\\";
  case '\n':
    return "\\n";
  case '\r':
    return "\\r";
  case '\t':
    return "\\t";
  default:
    if (c >= 0x20)
      return NULL;
    snprintf(scratch, 7, "\\u%04x", c);
    return scratch;
  }
}

void dh_buf_add_json(dh_buf *buf, const char *text, size_t size)
{
  size_t from = 0;
  char scratch[7];
  dh_buf_addc(buf, '"');
  for (size_t i = 0; i < size; i++) {
    const char *escape = json_escape((unsigned char)text[i], scratch);
    if (!escape)
      continue;
    dh_buf_add(buf, text + from, i - from);
    dh_buf_adds(buf, escape);
    from = i + 1;
  }
  dh_buf_add(buf, text + from, size - from);
  dh_buf_addc(buf, '"');
}

void dh_buf_clear(dh_buf *buf)
{
  buf->size = 0;
  if (buf->data)
    buf->data[0] = '\0';
}

const char *dh_buf_text(dh_buf *buf)
{
  if (buf->failed)
    return NULL;
  return buf->data ? buf->data : "";
}

char *dh_buf_take(dh_buf *buf)
{
  char *data = NULL;
  if (!buf->failed && dh_buf_reserve(buf, 0)) {
    buf->data[buf->size] = '\0';
    data = buf->data;
    buf->data = NULL;
  }
  dh_buf_free(buf);
  return data;
}

void dh_buf_free(dh_buf *buf)
{
  free(buf->data);
  dh_buf_init(buf);
}

void dh_buf_wipe(dh_buf *buf)
{
  if (buf->data)
    dh_wipe(buf->data, buf->capacity);
  dh_buf_free(buf);
}
