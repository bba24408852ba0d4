/* SPDX-License-Identifier: Apache-2.0 */
#include "form.h"

#include <string.h>

static bool is_unreserved(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void form_encode(dh_buf *out, const char *text, size_t size)
{
  static const char hex[] = "0123456789ABCDEF";
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if (is_unreserved(text[i])) {
      dh_buf_addc(out, text[i]);
      continue;
    }
    char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
    dh_buf_add(out, escaped, 3);
  }
}

void form_add_bytes(dh_buf *form, const char *key, const char *value, size_t size)
{
  if (form->size)
    dh_buf_addc(form, '&');
  form_encode(form, key, strlen(key));
  dh_buf_addc(form, '=');
  form_encode(form, value, size);
}

void form_add(dh_buf *form, const char *key, const char *value)
{
  if (value)
    form_add_bytes(form, key, value, strlen(value));
}
