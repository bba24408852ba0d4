/* SPDX-License-Identifier: Apache-2.0 */
#include "http/easy.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The parts of an absolute http or https URL; curl's own parser reads it, so that what is
 * compared is what curl would connect to. */
struct parts {
  char *scheme, *host, *port, *path;
};

static void free_parts(struct parts *parts)
{
  curl_free(parts->scheme);
  curl_free(parts->host);
  curl_free(parts->port);
  curl_free(parts->path);
}

static bool read_parts(const char *url, struct parts *parts)
{
  memset(parts, 0, sizeof(*parts));
  CURLU *u = curl_url();
  bool good =
      u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
      curl_url_get(u, CURLUPART_SCHEME, &parts->scheme, 0) == CURLUE_OK &&
      (!dh_text_casecmp(parts->scheme, "http") || !dh_text_casecmp(parts->scheme, "https")) &&
      curl_url_get(u, CURLUPART_HOST, &parts->host, 0) == CURLUE_OK && *parts->host &&
      !strchr(parts->host, '%') && /* taken out of its escapes, it would be again: no host's */
      curl_url_get(u, CURLUPART_PORT, &parts->port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
      curl_url_get(u, CURLUPART_PATH, &parts->path, 0) == CURLUE_OK;
  curl_url_cleanup(u);
  if (!good)
    free_parts(parts);
  return good;
}

static void lower(char *text)
{
  for (; *text; text++)
    if (*text >= 'A' && *text <= 'Z')
      *text = (char)(*text - 'A' + 'a');
}

static char *join(struct parts *parts)
{
  char *origin = NULL;
  if (asprintf(&origin, "%s://%s:%s", parts->scheme, parts->host, parts->port) < 0)
    return NULL;
  lower(origin);
  return origin;
}

/* "h." is "h" to DNS; "h.." is nothing. */
static void drop_dot(char *host)
{
  size_t length = strlen(host);
  if (length > 1 && host[length - 1] == '.' && host[length - 2] != '.')
    host[length - 1] = '\0';
}

static char *read_origin(const char *url)
{
  struct parts parts;
  if (!read_parts(url, &parts))
    return NULL;
  drop_dot(parts.host);
  char *origin = parts.host[strlen(parts.host) - 1] == '.' ? NULL : join(&parts);
  free_parts(&parts);
  return origin;
}

/* What is an origin is read as itself. A host may be another one when it is read again: without
 * its dot or its escapes it may be a number, "9." or "%39". */
char *dh_http_origin(const char *url)
{
  char *origin = url && !dh_http_init(NULL) ? read_origin(url) : NULL;
  for (int tries = 0; origin && tries < 3; tries++) {
    char *again = read_origin(origin);
    bool same = again && !strcmp(origin, again);
    free(origin);
    origin = again;
    if (same)
      return origin;
  }
  free(origin);
  return NULL;
}

bool dh_http_is_tls(const char *url)
{
  return !dh_text_ncasecmp(url, "https:", 6);
}

int dh_http_is_loopback(const char *origin)
{
  const char *host = strstr(origin, "://");
  if (!host)
    return 0;
  host += 3;
  size_t size = strcspn(host, ":");
  /* A name may begin with "127." too. */
  bool is_address = strspn(host, "0123456789.") == size;
  return (is_address && !strncmp(host, "127.", 4)) || !strncmp(host, "[::1]:", 6) ||
         !strncmp(host, "localhost:", 10);
}

int dh_http_same_origin(const char *a, const char *b)
{
  char *first = dh_http_origin(a), *second = dh_http_origin(b);
  int same = first && second && !strcmp(first, second);
  free(first);
  free(second);
  return same;
}

void dh_http_show_url(const char *url, char *out, size_t size)
{
  struct parts parts;
  if (!read_parts(url, &parts)) {
    snprintf(out, size, "an unreadable URL");
    return;
  }
  snprintf(out, size, "%s://%s:%s%s", parts.scheme, parts.host, parts.port, parts.path);
  free_parts(&parts);
}
