/* SPDX-License-Identifier: Apache-2.0 */
#include "token_command.h"

#include <curl/curl.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT ((size_t)1 << 20)

/* The room is wiped as a whole, so its size stands before the text. */
typedef struct text {
  size_t room;
  char bytes[];
} text;

static text *new_text(size_t room, dh_error *error)
{
  text *made = calloc(1, sizeof(*made) + room + 1);
  if (made)
    made->room = room;
  else
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
  return made;
}

void dhub_wipe_text(char *bytes)
{
  if (!bytes)
    return;
  text *whole = (text *)(void *)(bytes - offsetof(text, bytes));
  dh_wipe(whole, sizeof(*whole) + whole->room);
  free(whole);
}

static void trim_text(char *bytes, size_t *size)
{
  size_t start = 0, end = *size;
  while (end > 0 && isspace((unsigned char)bytes[end - 1]))
    end--;
  while (start < end && isspace((unsigned char)bytes[start]))
    start++;
  memmove(bytes, bytes + start, end - start);
  *size = end - start;
  bytes[*size] = '\0';
}

char *dhub_read_text(const char *path, int trim, size_t *size, dh_error *error)
{
  int standard = !path || !strcmp(path, "-");
  const char *name = standard ? "standard input" : path;
  FILE *file = standard ? stdin : fopen(path, "rb");
  if (!file) {
    dh_error_set(error, DH_UNAVAILABLE, "cannot open %s: %s", path, strerror(errno));
    return NULL;
  }
  setvbuf(file, NULL, _IONBF, 0); /* no copy of a secret in a buffer that is not wiped */
  text *whole = new_text(MAX_TEXT, error);
  if (whole) {
    *size = fread(whole->bytes, 1, MAX_TEXT, file);
    int failed = ferror(file), more = !failed && *size == MAX_TEXT;
    if (failed || more) {
      dh_error_set(error, failed ? DH_UNAVAILABLE : DH_MALFORMED, "cannot read %s: %s", name,
                   failed ? strerror(errno) : "it is larger than a megabyte");
      dhub_wipe_text(whole->bytes);
      whole = NULL;
    }
  }
  if (!standard)
    fclose(file);
  if (whole && trim)
    trim_text(whole->bytes, size);
  return whole ? whole->bytes : NULL;
}

char *dhub_read_pat_key(const char *path, size_t *size, dh_error *error)
{
  const char *variable = secure_getenv("DATAHUB_TOKEN_SERVICE_SIGNING_KEY");
  char *key = NULL;
  if (path) {
    key = dhub_read_text(path, 0, size, error);
    if (key && *size && key[*size - 1] == '\n')
      key[--*size] = '\0';
  } else if (variable && *variable) {
    text *whole = new_text(strlen(variable), error);
    if (whole) {
      *size = strlen(variable);
      key = strcpy(whole->bytes, variable);
    }
  } else
    dh_error_set(error, DH_MISCONFIGURED,
                 "no signing key: give --key-file, or set DATAHUB_TOKEN_SERVICE_SIGNING_KEY");
  return key;
}

/* --- a document by URL --- */

typedef struct download {
  text *whole;
  size_t size;
} download;

static size_t take(char *bytes, size_t one, size_t count, void *arg)
{
  download *d = arg;
  (void)one;
  if (count > d->whole->room - d->size)
    return 0;
  memcpy(d->whole->bytes + d->size, bytes, count);
  d->size += count;
  return count;
}

static char *fetch(const char *url, size_t *size, dh_error *error)
{
  download d = {new_text(MAX_TEXT, error), 0};
  if (!d.whole)
    return NULL;
  CURL *curl = curl_easy_init();
  CURLcode code = CURLE_OUT_OF_MEMORY;
  if (curl) {
    curl_easy_setopt(curl, CURLOPT_URL, url);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &d);
    code = curl_easy_perform(curl);
  }
  curl_easy_cleanup(curl);
  *size = d.size;
  if (code == CURLE_OK)
    return d.whole->bytes;
  dhub_wipe_text(d.whole->bytes);
  dh_error_set(error, DH_UNAVAILABLE, "cannot read %s: %s", url, curl_easy_strerror(code));
  return NULL;
}

char *dhub_read_document(const char *where, size_t *size, dh_error *error)
{
  if (!strncmp(where, "http://", 7) || !strncmp(where, "https://", 8))
    return fetch(where, size, error);
  return dhub_read_text(where, 0, size, error);
}

size_t dhub_split(char *list, const char **out, size_t max)
{
  size_t count = 0;
  char *rest = list, *word;
  while (count + 1 < max && (word = strsep(&rest, ",")))
    if (*word)
      out[count++] = word;
  out[count] = NULL;
  return count;
}
