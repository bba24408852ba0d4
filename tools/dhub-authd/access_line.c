/* SPDX-License-Identifier: Apache-2.0 */
#include "access_log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Bytes of a value that are shown. Escaped they take six times as much, and all values
 * together stay below AUTHD_LINE_MAX. */
#define SHOWN_URI 1024
#define SHOWN_REASON 512
#define SHOWN_ACTOR 512
#define SHOWN 64

typedef struct line {
  char *text;
  size_t used;
} line;

static void put(line *out, const char *text)
{
  size_t size = strlen(text);
  memcpy(out->text + out->used, text, size);
  out->used += size;
}

/* The size of the UTF-8 character that begins here, or 0: it is none. */
static size_t character(const unsigned char *p, size_t left)
{
  size_t size = p[0] < 0x80                   ? 1
                : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
                : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
                : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                              : 0;
  if (!size || size > left)
    return 0;
  for (size_t i = 1; i < size; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
  bool surrogate = p[0] == 0xed && p[1] >= 0xa0;
  bool beyond = p[0] == 0xf4 && p[1] >= 0x90;
  return overlong || surrogate || beyond ? 0 : size;
}

/* Bytes that are no text are shown by their number, so that the line is JSON all the same. */
static void put_string(line *out, const char *text, size_t size)
{
  const unsigned char *p = (const unsigned char *)text;
  out->text[out->used++] = '"';
  while (size) {
    size_t step = character(p, size);
    if (!step || *p < 0x20 || *p == 0x7f) {
      out->used += (size_t)sprintf(out->text + out->used, "\\u%04x", *p);
      step = 1;
    } else {
      if (*p == '"' || *p == '\\')
        out->text[out->used++] = '\\';
      memcpy(out->text + out->used, p, step);
      out->used += step;
    }
    p += step;
    size -= step;
  }
  out->text[out->used++] = '"';
}

static void member(line *out, const char *name, const char *text, size_t shown)
{
  if (!text || !*text)
    return;
  put(out, ",\"");
  put(out, name);
  put(out, "\":");
  put_string(out, text, strnlen(text, shown));
}

/* What a caller wrote may hold a token: a path, a made-up request id. */
static void foreign(line *out, dh_context *context, const char *name, const char *text,
                    size_t shown)
{
  char clean[SHOWN_URI * 2];
  if (!text || !*text)
    return;
  dh_redact(context, text, clean, sizeof(clean));
  member(out, name, clean, shown);
}

static void uri_of(line *out, dh_context *context, const char *uri)
{
  char path[SHOWN_URI * 2];
  size_t size = uri ? strcspn(uri, "?#") : 0;
  if (size >= sizeof(path))
    size = sizeof(path) - 1;
  if (!size)
    return;
  memcpy(path, uri, size);
  path[size] = '\0';
  foreign(out, context, "uri", path, SHOWN_URI);
}

static void time_of(line *out, int64_t wall_ms)
{
  struct tm parts = {0};
  time_t seconds = (time_t)(wall_ms / 1000);
  gmtime_r(&seconds, &parts);
  out->used +=
      (size_t)snprintf(out->text, 64, "{\"time\":\"%04u-%02u-%02uT%02u:%02u:%02u.%03uZ\"",
                       (unsigned)(parts.tm_year + 1900) % 10000u, (unsigned)parts.tm_mon + 1u,
                       (unsigned)parts.tm_mday, (unsigned)parts.tm_hour, (unsigned)parts.tm_min,
                       (unsigned)parts.tm_sec, (unsigned)(wall_ms % 1000));
}

static void principal_of(line *out, const dh_principal *principal)
{
  member(out, "actor", dh_principal_text(principal, DH_PRINCIPAL_ACTOR), SHOWN_ACTOR);
  member(out, "token_type", dh_principal_text(principal, DH_PRINCIPAL_TOKEN_TYPE), SHOWN);
  member(out, "token_id", dh_principal_text(principal, DH_PRINCIPAL_TOKEN_ID), SHOWN);
  member(out, "module", dh_principal_text(principal, DH_PRINCIPAL_METHOD), SHOWN);
}

size_t authd_line_make(char text[AUTHD_LINE_MAX], dh_context *context, const authd_access *access)
{
  line out = {text, 0};
  char number[64];
  time_of(&out, dh_wall_ms(context));
  member(&out, "remote", access->remote, SHOWN);
  foreign(&out, context, "client", access->client, SHOWN);
  foreign(&out, context, "request_id", access->id, SHOWN);
  foreign(&out, context, "method", access->method, SHOWN);
  uri_of(&out, context, access->uri);
  snprintf(number, sizeof(number), ",\"status\":%d", access->status);
  put(&out, number);
  member(&out, "result", dh_status_name(access->result), SHOWN);
  if (access->result)
    foreign(&out, context, "reason", access->reason, SHOWN_REASON);
  if (access->principal)
    principal_of(&out, access->principal);
  snprintf(number, sizeof(number), ",\"micros\":%llu}\n", (unsigned long long)access->micros);
  put(&out, number);
  return out.used;
}
