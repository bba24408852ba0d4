/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer. After the first failed allocation it stays failed and all
 * appends do nothing, so that a writer checks once, at its end.
 */
#ifndef DH_BUF_H
#define DH_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct dh_buf {
  char *data; /* NUL-terminated after dh_buf_text() and every append */
  size_t size;
  size_t capacity;
  bool failed;
  bool secret; /* growing wipes the memory that it leaves */
} dh_buf;

void dh_buf_init(dh_buf *buf);
/* For what holds a secret; ended with dh_buf_wipe(). */
void dh_buf_init_secret(dh_buf *buf);
/* Makes room for `more` bytes and a NUL beyond `size`. */
bool dh_buf_reserve(dh_buf *buf, size_t more);
void dh_buf_add(dh_buf *buf, const void *bytes, size_t size);
void dh_buf_adds(dh_buf *buf, const char *text);
void dh_buf_addc(dh_buf *buf, char c);
void dh_buf_addf(dh_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void dh_buf_addv(dh_buf *buf, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
/* Appends `text` as a JSON string with its quotes. */
void dh_buf_add_json(dh_buf *buf, const char *text, size_t size);
/* Empties it and keeps the memory. */
void dh_buf_clear(dh_buf *buf);
/* The text, "" where empty; NULL where an allocation failed. */
const char *dh_buf_text(dh_buf *buf);
/* Hands the memory to the caller, who frees it; NULL where an allocation failed. */
char *dh_buf_take(dh_buf *buf);
void dh_buf_free(dh_buf *buf);
/* Frees after overwriting: for what held a secret. */
void dh_buf_wipe(dh_buf *buf);

#endif
