/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refresh-token: a refresh token for an access token (RFC 6749, section 6). A provider may
 * give a new refresh token each time and refuse the old one from then on: the file is
 * read and rewritten under a lock, so that processes that share it do not lose it.
 */
#include "../module.h"
#include "../oauth/client.h"
#include "../source/replace.h"
#include "../source/token_file.h"
#include "../source/token_text.h"

#include <stdlib.h>
#include <string.h>

typedef struct refresh {
  oauth_client client;
  token_file file;  /* path NULL: the token is in the configuration */
  dh_secret *token; /* the present one, where there is no file */
} refresh;

static const dh_option options[] = {
    OAUTH_ENDPOINT_OPTIONS,
    {.name = "refresh_token",
     .type = DH_OPT_SECRET,
     .help = "The refresh token; where the provider replaces it at each use, give a file instead."},
    {.name = "refresh_token_file",
     .type = DH_OPT_PATH,
     .help = "A file that holds the refresh token; rewritten when the provider replaces it."},
    OAUTH_TARGET_OPTIONS,
    OAUTH_CLIENT_OPTIONS,
    {.name = NULL},
};

static void grant_close(void *self)
{
  refresh *r = self;
  if (r->client.host)
    r->client.host->secret_free(r->client.host, r->token);
  if (r->file.host)
    token_file_clear(&r->file);
  oauth_client_close(&r->client);
  free(r);
}

static dh_status open_token(refresh *r, dh_error *error)
{
  size_t size;
  const dh_host *host = r->client.host;
  const dh_options *given = r->client.options;
  const char *path = host->option_text(host, given, "refresh_token_file");
  const dh_secret *token = host->option_secret(host, given, "refresh_token");
  if ((path != NULL) == (token != NULL))
    return host->fail(host, error, DH_MISCONFIGURED,
                      "%s: refresh-token needs one of refresh_token and refresh_token_file",
                      host->option_where(host, given, "refresh_token"));
  if (path) {
    token_file_init(&r->file, host, path, 0);
    return DH_OK;
  }
  const char *bytes = host->secret_bytes(host, token, &size);
  return token_text_take(host, "the option refresh_token", bytes, size, &r->token, error);
}

static dh_status grant_open(const dh_host *host, const dh_options *given, void **self,
                            dh_error *error)
{
  refresh *r = calloc(1, sizeof(*r));
  if (!r)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  dh_status status =
      oauth_client_open(&r->client, host, given, "refresh-token", OAUTH_BASIC, NULL, error);
  if (status == DH_OK)
    status = open_token(r, error);
  if (status == DH_OK)
    *self = r;
  else
    grant_close(r);
  return status;
}

/* The token was used up: what the provider gave in its place is kept, first of all. */
static void keep_next(refresh *r, const oauth_answer *answer)
{
  const dh_host *host = r->client.host;
  dh_error why = {.retry_after_ms = -1};
  if (!answer->refresh_token.size)
    return;
  if (r->file.path) {
    if (replace_file(host, r->file.path, answer->refresh_token.data, answer->refresh_token.size,
                     &why))
      host->log(host, DH_LOG_ERROR,
                "the provider gave a new refresh token, which could not be kept: %s; the old one "
                "may be refused next time",
                why.message);
    return;
  }
  dh_secret *next = host->secret_new(host, answer->refresh_token.data, answer->refresh_token.size);
  if (!next)
    return;
  host->secret_free(host, r->token);
  r->token = next;
}

static dh_status ask(refresh *r, const dh_credential_request *request, oauth_answer *answer,
                     dh_error *error)
{
  dh_buf form;
  size_t size;
  const dh_host *host = r->client.host;
  token_file_refused(&r->file); /* another process may just have rewritten it */
  dh_status status = r->file.path ? token_file_look(&r->file, error) : DH_OK;
  if (status != DH_OK)
    return status;
  dh_buf_init_secret(&form);
  form_add(&form, "grant_type", "refresh_token");
  const char *bytes = host->secret_bytes(host, r->file.path ? r->file.value : r->token, &size);
  form_add_bytes(&form, "refresh_token", bytes, size);
  oauth_client_add_target(&r->client, &form);
  status = oauth_client_ask(&r->client, &form, request, answer, error);
  dh_buf_wipe(&form);
  if (status == DH_OK)
    keep_next(r, answer);
  return status;
}

static dh_status grant_acquire(void *self, const dh_credential_request *request,
                               const dh_credential *prior, dh_credential *out, dh_error *error)
{
  refresh *r = self;
  oauth_answer answer;
  const dh_host *host = r->client.host;
  int lock = -1;
  int64_t now = host->wall_ms(host);
  (void)prior;
  if (r->file.path) {
    dh_status locked = replace_lock(host, r->file.path, request->deadline_ms, &lock, error);
    if (locked != DH_OK)
      return locked;
  }
  oauth_answer_init(&answer);
  dh_status status = ask(r, request, &answer, error);
  replace_unlock(lock);
  if (status == DH_OK)
    status = oauth_client_give(&r->client, &answer, now, out, error);
  oauth_answer_clear(&answer);
  return status;
}

CREDENTIAL_MODULE(grant, "refresh-token", "a refresh token for an access token (OAuth)");
