/* SPDX-License-Identifier: Apache-2.0 */
#include "token_text.h"

#include <string.h>
#include <strings.h>

static int is_space(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

const char *token_text_trim(const char *text, size_t *size)
{
  while (*size && is_space(text[*size - 1]))
    --*size;
  while (*size && is_space(*text)) {
    text++;
    --*size;
  }
  return text;
}

static dh_status malformed(const dh_host *host, const char *what, const char *text, size_t size,
                           size_t at, dh_error *error)
{
  if (size > 7 && !strncasecmp(text, "bearer ", 7))
    return host->fail(host, error, DH_MALFORMED,
                      "%s begins with the word Bearer; write the token alone", what);
  if (text[at] == '\n' || text[at] == '\r')
    return host->fail(host, error, DH_MALFORMED, "%s holds more than one line; a token is one line",
                      what);
  return host->fail(host, error, DH_MALFORMED,
                    "%s holds a byte that no token has (0x%02x at offset %zu)", what,
                    (unsigned)(unsigned char)text[at], at);
}

/* A JWT that was cut while its file was being written lacks a dot or what follows it. */
static int is_cut_jwt(const char *text, size_t size)
{
  size_t dots = 0;
  if (size < 4 || strncmp(text, "eyJ", 3))
    return 0;
  for (size_t i = 0; i < size; i++)
    dots += text[i] == '.';
  return dots < 2 || text[size - 1] == '.';
}

dh_status token_text_check(const dh_host *host, const char *what, const char *text, size_t size,
                           dh_error *error)
{
  if (!size)
    return host->fail(host, error, DH_UNAVAILABLE, "%s is empty", what);
  if (size > TOKEN_TEXT_MAX)
    return host->fail(host, error, DH_MALFORMED, "%s holds %zu bytes; a token has at most %d", what,
                      size, TOKEN_TEXT_MAX);
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)text[i] <= 0x20 || (unsigned char)text[i] >= 0x7f)
      return malformed(host, what, text, size, i, error);
  if (is_cut_jwt(text, size))
    return host->fail(host, error, DH_MALFORMED,
                      "%s holds a JWT that is cut off (%zu bytes); was it being written?", what,
                      size);
  return DH_OK;
}

dh_status token_text_take(const dh_host *host, const char *what, const char *text, size_t size,
                          dh_secret **out, dh_error *error)
{
  text = token_text_trim(text, &size);
  dh_status status = token_text_check(host, what, text, size, error);
  if (status != DH_OK)
    return status;
  *out = host->secret_new(host, text, size);
  if (!*out)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while reading %s", what);
  return DH_OK;
}

dh_status token_text_give(const dh_host *host, const char *what, const char *text, size_t size,
                          dh_credential *out, dh_error *error)
{
  dh_secret *value = NULL;
  dh_status status = token_text_take(host, what, text, size, &value, error);
  if (status != DH_OK)
    return status;
  status = host->credential_set(host, out, "Bearer", value);
  host->secret_free(host, value);
  return status == DH_OK ? status : host->fail(host, error, status, "out of memory");
}

int token_text_same(const dh_host *host, const dh_secret *a, const dh_secret *b)
{
  size_t na, nb;
  unsigned char difference = 0;
  if (!a || !b)
    return 0;
  const char *pa = host->secret_bytes(host, a, &na);
  const char *pb = host->secret_bytes(host, b, &nb);
  if (na != nb)
    return 0;
  for (size_t i = 0; i < na; i++)
    difference |= (unsigned char)(pa[i] ^ pb[i]);
  return !difference;
}
