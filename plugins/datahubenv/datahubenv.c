/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datahubenv: the token in ~/.datahubenv, the file that `datahub init` writes. A session of
 * `datahub init --oauth` is renewed as it ends, under the lock that the Python client
 * takes too, and the file rewritten, since the provider may replace the refresh token.
 */
#include "../module.h"
#include "session.h"

#include "../source/replace.h"
#include "../source/token_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 65536
/* Renewed so long before its end, as the Python client does. */
#define AHEAD_MS 300000
/* `datahub init` may rewrite a file without a session at any time. */
#define RECHECK_MS 60000
#define RENEW_MS 10000

typedef struct datahubenv {
  const dh_host *host;
  const char *path;
  int told; /* that others may read the file */
} datahubenv;

static const dh_option options[] = {
    {.name = "path",
     .type = DH_OPT_PATH,
     .default_value = "~/.datahubenv",
     .help = "The file that `datahub init` wrote."},
    {.name = NULL},
};

static dh_status env_open(const dh_host *host, const dh_options *given, void **self,
                          dh_error *error)
{
  datahubenv *d = calloc(1, sizeof(*d));
  if (!d)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  d->host = host;
  d->path = host->option_text(host, given, "path");
  *self = d;
  return DH_OK;
}

static int is_skipped(void)
{
  const char *value = getenv("DATAHUB_SKIP_CONFIG");
  static const char *const yes[] = {"true", "yes", "on", "1"};
  for (size_t i = 0; value && i < sizeof(yes) / sizeof(yes[0]); i++)
    if (!strcasecmp(value, yes[i]))
      return 1;
  return 0;
}

/* --- the file --- */

static dh_status read_text(datahubenv *d, dh_buf *text, dh_error *error)
{
  struct stat st;
  const dh_host *host = d->host;
  int fd = open(d->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  ssize_t n = -1;
  if (fd >= 0 && !fstat(fd, &st) && dh_buf_reserve(text, FILE_MAX)) {
    while ((n = read(fd, text->data + text->size, FILE_MAX - text->size)) > 0)
      text->size += (size_t)n;
    text->data[text->size] = '\0';
  }
  int why = errno;
  if (fd >= 0)
    close(fd);
  if (n < 0)
    return host->fail(host, error, DH_UNAVAILABLE, "cannot read %s: %s%s", d->path, strerror(why),
                      why == ENOENT ? "; `datahub init` makes it" : "");
  if ((st.st_mode & (S_IROTH | S_IWOTH)) && !d->told) {
    host->log(host, DH_LOG_WARNING, "%s holds a token and may be read by anyone; chmod 600 it",
              d->path);
    d->told = 1;
  }
  return DH_OK;
}

static dh_status read_file(datahubenv *d, dh_buf *text, env_file *file, dh_error *error)
{
  char why[256];
  const dh_host *host = d->host;
  dh_status status = read_text(d, text, error);
  if (status == DH_OK && !env_file_read(file, text->data, text->size, why, sizeof(why)))
    status = host->fail(host, error, DH_MALFORMED, "%s: %s", d->path, why);
  return status;
}

/* --- for which server --- */

/* "https://Host/x" -> "https://host:443", as the host writes an origin. */
static char *origin_of(const char *url)
{
  char *origin;
  int is_tls = !strncasecmp(url, "https://", 8);
  if (!is_tls && strncasecmp(url, "http://", 7))
    return NULL;
  const char *host = url + (is_tls ? 8 : 7);
  size_t n = strcspn(host, "/?#");
  const char *bracket = memchr(host, ']', n);
  const char *from = bracket ? bracket : host;
  int has_port = memchr(from, ':', n - (size_t)(from - host)) != NULL;
  if (asprintf(&origin, "%s://%.*s%s", is_tls ? "https" : "http", (int)n, host,
               has_port ? ""
               : is_tls ? ":443"
                        : ":80") < 0)
    return NULL;
  for (char *c = origin; *c; c++)
    if (*c >= 'A' && *c <= 'Z')
      *c |= 0x20;
  return origin;
}

/* The same, or the step from http to https that any server makes one day. */
static int is_for(const char *own, const char *server)
{
  char *origin = origin_of(own);
  int same = origin && !strcmp(origin, server);
  size_t n = origin ? strlen(origin) : 0, m = strlen(server);
  if (origin && !same && n > 10 && m > 12 && !strcmp(origin + n - 3, ":80") &&
      !strncmp(server, "https://", 8) && !strcmp(server + m - 4, ":443"))
    same = n - 10 == m - 12 && !strncmp(origin + 7, server + 8, n - 10);
  free(origin);
  return same;
}

/* --- a session --- */

static void save(const datahubenv *d, const dh_buf *text, const env_file *file)
{
  dh_buf out;
  dh_error why = {.retry_after_ms = -1};
  const dh_host *host = d->host;
  dh_buf_init_secret(&out);
  if (!env_file_rewrite(text->data, text->size, &file->token, &file->refresh_token, &out) ||
      replace_file(host, d->path, out.data, out.size, &why))
    host->log(host, DH_LOG_ERROR,
              "the renewed session could not be kept in %s: %s; the next program may have to log "
              "in again",
              d->path, why.message[0] ? why.message : "it cannot be rewritten");
  dh_buf_wipe(&out);
}

static void move(dh_buf *to, dh_buf *from)
{
  dh_buf_wipe(to);
  *to = *from;
  dh_buf_init_secret(from);
}

static dh_status renew(const datahubenv *d, const dh_buf *text, env_file *file, dh_error *error)
{
  oauth_answer answer;
  oauth_answer_init(&answer);
  dh_status status = session_renew(d->host, file, RENEW_MS, &answer, error);
  if (status == DH_OK) {
    move(&file->token, &answer.access_token);
    if (answer.refresh_token.size)
      move(&file->refresh_token, &answer.refresh_token);
    save(d, text, file);
  }
  oauth_answer_clear(&answer);
  return status;
}

/* Renews where it is time; a renewal that fails matters only when the token is over. */
static dh_status use_session(datahubenv *d, const dh_buf *text, env_file *file, int64_t *expiry,
                             dh_error *error)
{
  dh_error why = {.retry_after_ms = -1};
  const dh_host *host = d->host;
  int64_t now = host->wall_ms(host);
  *expiry = session_expiry(&file->token);
  if (file->token.size && (!*expiry || *expiry - now > AHEAD_MS))
    return DH_OK;
  dh_status status = renew(d, text, file, &why);
  *expiry = session_expiry(&file->token);
  if (status == DH_OK)
    return DH_OK;
  if (file->token.size && *expiry > now) {
    host->log(host, DH_LOG_WARNING, "the session in %s could not be renewed: %s", d->path,
              why.message);
    return DH_OK;
  }
  return host->fail(host, error, status == DH_DENIED ? DH_EXPIRED : status,
                    "the session in %s has ended and could not be renewed: %s; run `datahub init "
                    "--oauth` again",
                    d->path, why.message);
}

/* --- the credential --- */

static dh_status give(const datahubenv *d, const env_file *file, int64_t expiry, dh_credential *out,
                      dh_error *error)
{
  char what[512];
  const dh_host *host = d->host;
  snprintf(what, sizeof(what), "gms.token in %s", d->path);
  dh_status status = token_text_give(host, what, file->token.size ? file->token.data : "",
                                     file->token.size, out, error);
  if (status != DH_OK)
    return status;
  if (expiry)
    host->credential_set_expiry(host, out, expiry);
  else
    host->credential_set_recheck(host, out, RECHECK_MS);
  snprintf(what, sizeof(what), "the file %s", d->path);
  host->credential_set_origin(host, out, what);
  return DH_OK;
}

static dh_status acquire_locked(datahubenv *d, const dh_credential_request *request, int has_lock,
                                dh_credential *out, int *wants_lock, dh_error *error)
{
  dh_buf text;
  env_file file;
  int64_t expiry = 0;
  const dh_host *host = d->host;
  dh_buf_init_secret(&text);
  env_file_init(&file);
  dh_status status = read_file(d, &text, &file, error);
  if (status == DH_OK && (!file.server.size || !is_for(file.server.data, request->server)))
    status = host->fail(host, error, DH_UNAVAILABLE, "%s is for the server %s, not for %s", d->path,
                        file.server.size ? file.server.data : "(none)", request->server);
  if (status == DH_OK && session_can_renew(&file)) {
    *wants_lock = !has_lock;
    if (has_lock)
      status = use_session(d, &text, &file, &expiry, error);
  }
  if (status == DH_OK && !*wants_lock)
    status = give(d, &file, expiry, out, error);
  env_file_clear(&file);
  dh_buf_wipe(&text);
  return status;
}

static dh_status env_acquire(void *self, const dh_credential_request *request,
                             const dh_credential *prior, dh_credential *out, dh_error *error)
{
  datahubenv *d = self;
  int wants_lock = 0;
  (void)prior;
  if (is_skipped())
    return DH_IGNORE;
  dh_status status = acquire_locked(d, request, 0, out, &wants_lock, error);
  if (status != DH_OK || !wants_lock)
    return status;
  /* A session: what was read before the lock was taken may be out of date. */
  int lock;
  status = replace_lock(d->host, d->path, request->deadline_ms, &lock, error);
  if (status != DH_OK)
    return status;
  wants_lock = 0;
  status = acquire_locked(d, request, 1, out, &wants_lock, error);
  replace_unlock(lock);
  return status;
}

static void env_close(void *self)
{
  free(self);
}

CREDENTIAL_MODULE(env, "datahubenv", "the token in ~/.datahubenv, renewed where it is a session");
