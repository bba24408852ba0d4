/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file, k8s_oidc: a token in a file, looked at again every `recheck`.
 */
#include "file.h"

#include "../source/token_file.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct file_token {
  const dh_host *host;
  token_file file;
  int64_t recheck_ms;
} file_token;

static dh_status file_open(const dh_host *host, const dh_options *given, void **self,
                           dh_error *error)
{
  file_token *token = calloc(1, sizeof(*token));
  if (!token)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  token->host = host;
  token->recheck_ms = host->option_number(host, given, "recheck");
  token_file_init(&token->file, host, host->option_text(host, given, file_path_option),
                  host->option_number(host, given, "allow_readable") != 0);
  *self = token;
  return DH_OK;
}

static dh_status file_acquire(void *self, const dh_credential_request *request,
                              const dh_credential *prior, dh_credential *out, dh_error *error)
{
  file_token *token = self;
  const dh_host *host = token->host;
  char origin[512];
  (void)request, (void)prior;
  dh_status status = token_file_look(&token->file, error);
  if (status != DH_OK)
    return status;
  status = host->credential_set(host, out, "Bearer", token->file.value);
  if (status != DH_OK)
    return host->fail(host, error, status, "out of memory");
  host->credential_set_recheck(host, out, token->recheck_ms);
  snprintf(origin, sizeof(origin), "the file %s", token->file.path);
  host->credential_set_origin(host, out, origin);
  return DH_OK;
}

static void file_invalidate(void *self, const dh_credential *rejected)
{
  file_token *token = self;
  (void)rejected;
  token_file_refused(&token->file);
}

static void file_close(void *self)
{
  file_token *token = self;
  token_file_clear(&token->file);
  free(token);
}

const dh_credential_role file_role = {
    .struct_size = sizeof(file_role),
    .open = file_open,
    .acquire = file_acquire,
    .invalidate = file_invalidate,
    .close = file_close,
};
