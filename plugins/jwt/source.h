/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an issuer's keys are read: a file, a URL, or what a discovery document names.
 */
#ifndef DH_JWT_SOURCE_H
#define DH_JWT_SOURCE_H

#include "../check/settings.h"

#include <datahub/token.h>

/* All texts are borrowed and live as long as the module's instance. */
typedef struct source {
  const dh_host *host;
  const char *file;      /* a JWK set or PEM, or NULL */
  const char *url;       /* a JWK set, or NULL */
  const char *discovery; /* an OpenID configuration, or NULL */
  const char *issuer;    /* what that must say it is for; NULL: not checked */
  setting_server server;
} source;

/*
 * Reads the keys. `*max_age_ms` is what Cache-Control said, -1 where it said nothing. NULL
 * and `error`: DH_UNAVAILABLE, DH_TIMEOUT, DH_MALFORMED (no key set), DH_MISCONFIGURED (no
 * usable key in it, another issuer's document), DH_DENIED, DH_NO_MEMORY.
 */
dh_keys *source_read(const source *from, int64_t *max_age_ms, dh_error *error);

/* max-age of a Cache-Control value in ms; 0 for no-store and no-cache; -1: none. */
int64_t source_max_age(const char *cache_control);

/* What `source` names, for messages. */
const char *source_name(const source *from);

#endif
