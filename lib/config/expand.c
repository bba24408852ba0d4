/* SPDX-License-Identifier: Apache-2.0 */
#include "config/tree.h"

#include "base/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Defaults may hold variables; each level is a call. */
#define MAX_NESTING 8

struct expansion {
  dh_buf out;
  bool expanded;
  dh_error *error;
};

static size_t name_length(const char *text)
{
  size_t n = 0;
  if (isdigit((unsigned char)*text))
    return 0;
  while (isalnum((unsigned char)text[n]) || text[n] == '_')
    n++;
  return n;
}

/* The word that a message may show: what follows it may be a secret. */
static int word_length(const char *text)
{
  int n = 0;
  while (n < 64 && (isalnum((unsigned char)text[n]) || text[n] == '_'))
    n++;
  return n;
}

static const char *variable(const char *name, size_t size)
{
  char copy[256];
  if (size >= sizeof(copy))
    return NULL;
  memcpy(copy, name, size);
  copy[size] = '\0';
  return getenv(copy);
}

/* The `}` that closes a `${` whose inside starts at `text`, or NULL. */
static const char *closing_brace(const char *text, const char *end)
{
  size_t open = 1;
  for (; text < end; text++) {
    if (text[0] == '$' && text + 1 < end && (text[1] == '{' || text[1] == '$'))
      open += *++text == '{';
    else if (*text == '}' && !--open)
      return text;
  }
  return NULL;
}

static dh_status expand(struct expansion *e, const char *text, const char *end, int depth);

/* `text` is what stands between the braces. */
static dh_status expand_one(struct expansion *e, const char *text, const char *end, int depth)
{
  size_t size = name_length(text);
  const char *rest = text + size;
  bool fallback = rest + 1 < end && rest[0] == ':' && rest[1] == '-';
  if (!size || (rest != end && !fallback))
    return dh_error_set(e->error, DH_MISCONFIGURED,
                        "\"${%.*s}\" cannot be expanded: write ${VARIABLE} or "
                        "${VARIABLE:-default}, and $${ for a plain ${",
                        word_length(text), text);
  const char *value = variable(text, size);
  if (fallback && (!value || !*value))
    return expand(e, rest + 2, end, depth + 1);
  if (!value)
    return dh_error_set(e->error, DH_MISCONFIGURED,
                        "the environment variable %.*s is not set; set it, or give a default: "
                        "${%.*s:-default}",
                        (int)size, text, (int)size, text);
  e->expanded = true;
  dh_buf_adds(&e->out, value);
  return DH_OK;
}

static dh_status expand(struct expansion *e, const char *text, const char *end, int depth)
{
  if (depth > MAX_NESTING)
    return dh_error_set(e->error, DH_MISCONFIGURED,
                        "defaults of variables are nested more than %d deep", MAX_NESTING);
  while (text < end) {
    const char *dollar = memchr(text, '$', (size_t)(end - text));
    if (!dollar || dollar + 1 == end) {
      dh_buf_add(&e->out, text, (size_t)(end - text));
      break;
    }
    dh_buf_add(&e->out, text, (size_t)(dollar - text));
    text = dollar + 2;
    if (dollar[1] != '{') { /* "$$" is one; "$x" is left as it is */
      dh_buf_addc(&e->out, '$');
      text -= dollar[1] != '$';
      continue;
    }
    const char *close = closing_brace(text, end);
    if (!close)
      return dh_error_set(e->error, DH_MISCONFIGURED,
                          "\"${\" without its \"}\"; write $${ for a plain ${");
    dh_status status = expand_one(e, text, close, depth);
    if (status)
      return status;
    text = close + 1;
  }
  return DH_OK;
}

dh_status dh_config_expand(const char *text, bool bare, char **out, bool *expanded, dh_error *error)
{
  struct expansion e = {.error = error};
  dh_buf_init(&e.out);
  size_t size = bare && text[0] == '$' ? name_length(text + 1) : 0;
  const char *value = size ? variable(text + 1, size) : NULL;
  if (value) {
    e.expanded = true;
    dh_buf_adds(&e.out, value);
    text += 1 + size;
  }
  dh_status status = expand(&e, text, text + strlen(text), 0);
  *out = NULL;
  *expanded = e.expanded;
  if (status) {
    dh_buf_wipe(&e.out);
    return status;
  }
  *out = dh_buf_take(&e.out);
  return *out ? DH_OK : dh_error_set(error, DH_NO_MEMORY, "out of memory");
}
