/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What GMS's answers mean for the records that were sent, in words for who must act.
 */
#include "rest.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WORDS_SIZE 300

/* One line, cut at a character's border, without control characters. */
static void tidy(const char *from, size_t size, char *out, size_t room)
{
  size_t n = 0;
  bool space = true;
  for (size_t i = 0; i < size && n + 1 < room; i++) {
    unsigned char c = (unsigned char)from[i];
    if (c == '\n' && n)
      break; /* what follows a first line is a trace, or the same again */
    if (c <= 0x20 || c == 0x7f) {
      if (!space)
        out[n++] = ' ';
      space = true;
    } else {
      out[n++] = (char)c;
      space = false;
    }
  }
  while (n && ((unsigned char)out[n - 1] == ' '))
    n--;
  if (n + 1 == room)
    while (n && ((unsigned char)out[n - 1] & 0x80))
      n--;
  out[n] = '\0';
}

static struct json_object *parse(const char *body, size_t size)
{
  struct json_tokener *tokener = json_tokener_new_ex(32);
  if (!tokener || size > INT32_MAX) {
    json_tokener_free(tokener);
    return NULL;
  }
  struct json_object *tree = json_tokener_parse_ex(tokener, body, (int)size);
  if (json_tokener_get_error(tokener) != json_tokener_success) {
    json_object_put(tree);
    tree = NULL;
  }
  json_tokener_free(tokener);
  return tree;
}

static struct json_object *text_member(struct json_object *tree, const char *const *names)
{
  struct json_object *found;
  for (; *names; names++)
    if (json_object_object_get_ex(tree, *names, &found) &&
        json_object_is_type(found, json_type_string))
      return found;
  return NULL;
}

/* Jetty, in which GMS runs, begins with "Error 401 ": the status is said anyway. */
static void drop_status(char *words)
{
  int end = 0;
  if (sscanf(words, "Error %*3d %n", &end) == 0 && end)
    memmove(words, words + end, strlen(words + end) + 1);
}

/* The text of an HTML page's <title>, else of its first heading. */
static bool title_of(const char *body, size_t size, char *out, size_t room)
{
  static const char *const tags[] = {"<title>", "<h1>", "<h2>"};
  for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
    const char *at = memmem(body, size, tags[i], strlen(tags[i]));
    if (!at)
      continue;
    at += strlen(tags[i]);
    const char *end = memchr(at, '<', size - (size_t)(at - body));
    tidy(at, (size_t)((end ? end : body + size) - at), out, room);
    drop_status(out);
    return out[0] != '\0';
  }
  return false;
}

void answer_words(const char *body, size_t size, char *out, size_t room)
{
  static const char *const names[] = {"message", "error", "detail", NULL};
  struct json_object *tree = parse(body, size);
  struct json_object *found =
      json_object_is_type(tree, json_type_object) ? text_member(tree, names) : NULL;
  out[0] = '\0';
  if (found)
    tidy(json_object_get_string(found), (size_t)json_object_get_string_len(found), out, room);
  else if (!tree && !title_of(body, size, out, room))
    tidy(body, size, out, room);
  json_object_put(tree);
}

int64_t answer_retry_after(const char *value, int64_t now_wall_ms)
{
  struct tm when = {0};
  if (!value)
    return -1;
  size_t digits = strspn(value, "0123456789");
  if (digits && digits < 10 && !value[digits]) {
    int64_t seconds = 0;
    for (size_t i = 0; i < digits; i++)
      seconds = seconds * 10 + (value[i] - '0');
    return seconds < 86400 ? seconds * 1000 : 86400000;
  }
  const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &when);
  if (!end || *end)
    return -1;
  int64_t ms = (int64_t)timegm(&when) * 1000 - now_wall_ms;
  return ms < 0 ? 0 : ms < 86400000 ? ms : 86400000;
}

static bool is_retried(const rest *sink, int code)
{
  for (size_t i = 0; i < sink->retry_count; i++)
    if (sink->retry_codes[i] == code)
      return true;
  return !sink->retry_given && (code >= 500 || code == 408);
}

static dh_fate no_answer(dh_status status, const dh_error *why, dh_error *error)
{
  if (why)
    *error = *why;
  error->status = status;
  switch (status) {
  case DH_DENIED:
  case DH_EXPIRED:
  case DH_REVOKED:
  case DH_MISCONFIGURED:
  case DH_INTERNAL:
    return DH_UNAUTHORIZED; /* no try of any record can succeed until a person acts */
  default:
    return DH_RETRY;
  }
}

static dh_fate redirected(rest *sink, const dh_http_response *response, int code, dh_error *error)
{
  const dh_host *host = sink->host;
  const char *to = host->http_header(host, response, "Location");
  host->fail(host, error, DH_MISCONFIGURED,
             "%s answers %d and points to %.200s, which is another origin: the credential is not "
             "sent there. If that is where DataHub is, set `server` to it",
             sink->server, code, to ? to : "nowhere");
  return DH_UNAUTHORIZED;
}

/* 2xx: GMS answers with JSON. What else speaks for another server behind the address. */
static dh_fate accepted(rest *sink, const dh_http_response *response, dh_error *error)
{
  const dh_host *host = sink->host;
  size_t size;
  const char *body = host->http_body(host, response, &size);
  const char *type = host->http_header(host, response, "Content-Type");
  char words[WORDS_SIZE];
  size_t skip = 0;
  while (skip < size && (unsigned char)body[skip] <= 0x20)
    skip++;
  bool page = skip < size && body[skip] == '<';
  if (!page && !(type && strstr(type, "text/html")))
    return DH_DELIVERED;
  answer_words(body, size, words, sizeof(words));
  host->fail(host, error, DH_MISCONFIGURED,
             "%s answers with a web page (\"%.120s\") where GMS answers with JSON: this seems to "
             "be the frontend. Set `server` to GMS (usually http://HOST:8080) or to the "
             "frontend's way to it (usually https://HOST:9002/api/gms)",
             sink->server, words);
  return DH_UNAUTHORIZED;
}

/* `known`: what the host knows of the credential. */
static dh_fate unauthorized(rest *sink, const char *words, const char *known, dh_error *error)
{
  sink->host->fail(sink->host, error, DH_DENIED, "%s answers 401 (%s): %s", sink->server, words,
                   known && *known ? known : "check that a token is sent, and is of this DataHub");
  return DH_UNAUTHORIZED;
}

static dh_fate refused(rest *sink, int code, const char *words, dh_error *error)
{
  const dh_host *host = sink->host;
  if (code == 404 || code == 405) {
    host->fail(host, error, DH_MISCONFIGURED,
               "%s has no such path (%d: %s); `server` must be GMS (usually http://HOST:8080), or "
               "the frontend's way to it (usually https://HOST:9002/api/gms)",
               sink->server, code, words);
    return DH_UNAUTHORIZED;
  }
  if (code == 407) {
    host->fail(host, error, DH_MISCONFIGURED,
               "the proxy before %s wants a user and a password, or other ones (407: %s): write "
               "them into its URL, http://USER:PASSWORD@HOST:PORT, in `proxy`, or in http_proxy in "
               "the environment",
               sink->server, words);
    return DH_UNAUTHORIZED;
  }
  if (code == 413) {
    host->fail(host, error, DH_MALFORMED, "too large for the server or a proxy before it (413: %s)",
               words);
    return DH_SPLIT;
  }
  if (code == 403)
    host->fail(host, error, DH_DENIED,
               "the token is good, but its user lacks the privilege (403: %s); grant it in "
               "DataHub's policies",
               words);
  else if (strstr(words, "unrecognized field found but not allowed"))
    host->fail(host, error, DH_MALFORMED,
               "%d: %s (the server is older than the metadata: update it, or drop the field)", code,
               words);
  else
    host->fail(host, error, DH_MALFORMED, "%d: %s", code, words);
  return DH_SPLIT;
}

dh_fate answer_fate(rest *sink, dh_status status, const dh_http_response *response,
                    const dh_error *why, dh_error *error)
{
  const dh_host *host = sink->host;
  char words[WORDS_SIZE];
  size_t size;
  if (status)
    return no_answer(status, why, error);
  int code = host->http_status(host, response);
  if (code >= 200 && code < 300)
    return accepted(sink, response, error);
  if (code >= 300 && code < 400) {
    dh_fate fate = redirected(sink, response, code, error);
    error->http_status = code;
    return fate;
  }
  const char *body = host->http_body(host, response, &size);
  answer_words(body, size, words, sizeof(words));
  dh_fate fate = DH_RETRY;
  if (is_retried(sink, code))
    host->fail(host, error, DH_UNAVAILABLE, "%s answers %d: %s", sink->server, code,
               words[0] ? words : "no reason given");
  else if (code == 401)
    fate =
        unauthorized(sink, words[0] ? words : "no reason given", why ? why->message : NULL, error);
  else
    fate = refused(sink, code, words[0] ? words : "no reason given", error);
  error->http_status = code;
  error->retry_after_ms =
      answer_retry_after(host->http_header(host, response, "Retry-After"), host->wall_ms(host));
  return fate;
}
