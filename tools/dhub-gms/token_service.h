/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Issues personal access tokens of version 2, and keeps the table of them.
 */
#ifndef GMS_TOKEN_SERVICE_H
#define GMS_TOKEN_SERVICE_H

#include <datahub/config.h>
#include <datahub/token.h>

#include <stdbool.h>

typedef struct gms_token_service gms_token_service;

/*
 * Signing key, salt and issuer come from `config` (the map `token_service`; may be NULL), else
 * from DATAHUB_TOKEN_SERVICE_SIGNING_KEY, _SALT and _ISSUER, else from the files
 * signing.key and salt in `folder`, which are made, mode 0600, where they are not there. The
 * table is `folder`/tokens.db.
 */
gms_token_service *gms_token_service_open(dh_context *context, const dh_config *config,
                                          const char *folder, dh_error *error);
void gms_token_service_close(gms_token_service *service);

const dh_secret *gms_token_service_key(const gms_token_service *service);
const dh_secret *gms_token_service_salt(const gms_token_service *service);
const char *gms_token_service_issuer(const gms_token_service *service);
/* The table, and its file. */
dh_pat_store *gms_token_service_store(const gms_token_service *service);
const char *gms_token_service_path(const gms_token_service *service);

/* "ONE_HOUR" and so on -> ms, 0: no expiry; -1: none of them. */
int64_t gms_duration_ms(const char *name);
/* Their names, ended by NULL. */
extern const char *const gms_durations[];

typedef struct gms_token_wish {
  const char *type; /* "PERSONAL", "SERVICE_ACCOUNT" */
  const char *actor_urn, *owner_urn;
  const char *name, *description; /* the latter may be NULL */
  int64_t lifetime_ms;            /* 0: no expiry */
} gms_token_wish;

/* Mints a token and lists it. The secret is the caller's; `id` and `record`'s times are
 * filled, its strings are those of the wish. */
dh_secret *gms_token_issue(gms_token_service *service, const gms_token_wish *wish,
                           char id[DH_PAT_ID_SIZE], dh_pat_record *record, dh_error *error);

#endif
