/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's side. GMS takes "Basic ID:SECRET" with the pair in clear, not in base64 as
 * RFC 7617 has it: a variation of its own.
 */
#include "basic.h"

#include "../check/settings.h"

#include <stdlib.h>
#include <string.h>

typedef struct pair {
  const dh_host *host;
  dh_secret *text; /* "ID:SECRET" */
} pair;

static int is_clean(const char *text)
{
  for (; *text; text++)
    if ((unsigned char)*text <= 0x20 || *text == 0x7f)
      return 0;
  return 1;
}

static dh_secret *join(const dh_host *host, const char *id, const char *secret)
{
  size_t n = strlen(id), m = strlen(secret);
  char *text = malloc(n + m + 1);
  if (!text)
    return NULL;
  memcpy(text, id, n);
  text[n] = ':';
  memcpy(text + n + 1, secret, m);
  dh_secret *joined = host->secret_new(host, text, n + m + 1);
  host->wipe(host, text, n + m + 1);
  free(text);
  return joined;
}

static dh_status read_pair(pair *p, const dh_options *given, dh_error *error)
{
  static const setting from = {.option = "client_secret",
                               .file = "client_secret_file",
                               .variable = "DATAHUB_SYSTEM_CLIENT_SECRET"};
  const dh_host *host = p->host;
  dh_secret *secret = NULL;
  const char *id = host->option_text(host, given, "client_id");
  dh_status status = setting_secret(host, given, &from, &secret, error);
  if (status != DH_OK)
    return status;
  if (!id)
    id = secure_getenv("DATAHUB_SYSTEM_CLIENT_ID");
  const char *text = secret ? host->secret_bytes(host, secret, NULL) : "";
  if (!id || !*id || !*text)
    status = host->fail(host, error, DH_MISCONFIGURED,
                        "%s: basic needs client_id and client_secret, or DATAHUB_SYSTEM_CLIENT_ID "
                        "and DATAHUB_SYSTEM_CLIENT_SECRET in the environment",
                        host->option_where(host, given, "client_id"));
  else if (strchr(id, ':') || !is_clean(id) || !is_clean(text))
    status = host->fail(host, error, DH_MISCONFIGURED,
                        "%s: client_id holds a colon, or client_id or client_secret a blank or "
                        "line break; the header has no room for them",
                        host->option_where(host, given, "client_id"));
  else if (!(p->text = join(host, id, text)))
    status = host->fail(host, error, DH_NO_MEMORY, "out of memory");
  host->secret_free(host, secret);
  return status;
}

static dh_status pair_open(const dh_host *host, const dh_options *given, void **self,
                           dh_error *error)
{
  pair *p = calloc(1, sizeof(*p));
  if (!p)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  p->host = host;
  dh_status status = read_pair(p, given, error);
  if (status == DH_OK)
    *self = p;
  else
    free(p);
  return status;
}

static dh_status pair_acquire(void *self, const dh_credential_request *request,
                              const dh_credential *prior, dh_credential *out, dh_error *error)
{
  pair *p = self;
  (void)request, (void)prior;
  dh_status status = p->host->credential_set(p->host, out, "Basic", p->text);
  if (status != DH_OK)
    return p->host->fail(p->host, error, status, "out of memory");
  p->host->credential_set_origin(p->host, out, "the system client's id and secret");
  return DH_OK;
}

static void pair_close(void *self)
{
  pair *p = self;
  p->host->secret_free(p->host, p->text);
  free(p);
}

const dh_credential_role basic_credential = {
    .struct_size = sizeof(basic_credential),
    .open = pair_open,
    .acquire = pair_acquire,
    .close = pair_close,
};
