/* SPDX-License-Identifier: Apache-2.0 */
#include "access_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void put_text(FILE *out, const char *text, size_t size)
{
  fputc('"', out);
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\')
      fprintf(out, "\\%c", c);
    else if (c < 0x20 || c == 0x7f)
      fprintf(out, "\\u%04x", c);
    else
      fputc(c, out);
  }
  fputc('"', out);
}

static void member(FILE *out, const char *name, const char *text)
{
  if (!text || !*text)
    return;
  fprintf(out, ",\"%s\":", name);
  put_text(out, text, strlen(text));
}

static void put_time(FILE *out, int64_t wall_ms)
{
  char stamp[32] = "";
  time_t seconds = (time_t)(wall_ms / 1000);
  struct tm parts;
  if (gmtime_r(&seconds, &parts))
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
  fprintf(out, "{\"time\":\"%s.%03dZ\"", stamp, (int)(wall_ms % 1000));
}

void authd_access_log(dh_context *context, const authd_access *access)
{
  char *line = NULL, *clean = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&line, &size);
  if (!out)
    return;
  put_time(out, dh_wall_ms(context));
  member(out, "remote", access->remote);
  member(out, "method", access->method);
  if (access->uri) {
    fputs(",\"uri\":", out);
    put_text(out, access->uri, strcspn(access->uri, "?#"));
  }
  fprintf(out, ",\"status\":%d,\"result\":\"%s\"", access->status, dh_status_name(access->result));
  member(out, "reason", access->result ? access->reason : NULL);
  if (access->principal) {
    member(out, "actor", dh_principal_text(access->principal, DH_PRINCIPAL_ACTOR));
    member(out, "token_type", dh_principal_text(access->principal, DH_PRINCIPAL_TOKEN_TYPE));
    member(out, "token_id", dh_principal_text(access->principal, DH_PRINCIPAL_TOKEN_ID));
    member(out, "method_used", dh_principal_text(access->principal, DH_PRINCIPAL_METHOD));
  }
  fprintf(out, ",\"micros\":%llu}", (unsigned long long)access->micros);
  if (!fclose(out) && (clean = malloc(size * 2 + 1))) {
    /* A URI that a proxy passes on may hold a token in its path. */
    dh_redact(context, line, clean, size * 2 + 1);
    flockfile(stdout);
    fputs(clean, stdout);
    putc_unlocked('\n', stdout);
    funlockfile(stdout);
  }
  free(clean);
  free(line);
}
