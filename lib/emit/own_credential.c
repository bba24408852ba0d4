/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/own_credential.h"

#include <string.h>

dh_status dh_own_credential_init(dh_own_credential *own, dh_context *context,
                                 const dh_config *config, dh_error *error)
{
  memset(own, 0, sizeof(*own));
  if (pthread_mutex_init(&own->lock, NULL))
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the emitter");
  own->context = context;
  if (!dh_config_get(config, "auth") && !dh_config_get(config, "token"))
    return DH_OK;
  own->config = dh_config_copy(config);
  return own->config ? DH_OK
                     : dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the emitter");
}

dh_status dh_own_credential_get(dh_own_credential *own, const char *server, int64_t timeout_ms,
                                dh_credential **out, dh_error *error)
{
  dh_error local;
  *out = NULL;
  if (!own->config)
    return DH_IGNORE;
  if (!error)
    error = &local;
  dh_error_clear(error);
  pthread_mutex_lock(&own->lock);
  if (!own->credentials)
    own->credentials = dh_credentials_open(own->context, own->config, server, error);
  pthread_mutex_unlock(&own->lock);
  if (!own->credentials)
    return error->status;
  dh_status status = dh_credentials_get(own->credentials, timeout_ms, out, error);
  return status == DH_OK && !*out ? DH_IGNORE : status;
}

void dh_own_credential_reject(dh_own_credential *own, const dh_credential *rejected)
{
  pthread_mutex_lock(&own->lock);
  dh_credentials *credentials = own->credentials;
  pthread_mutex_unlock(&own->lock);
  if (credentials)
    dh_credentials_reject(credentials, rejected);
}

void dh_own_credential_end(dh_own_credential *own)
{
  if (!own->context)
    return;
  dh_credentials_close(own->credentials);
  dh_config_free(own->config);
  pthread_mutex_destroy(&own->lock);
  memset(own, 0, sizeof(*own));
}
