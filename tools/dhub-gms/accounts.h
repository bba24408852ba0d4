/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server keeps as entities of its own: service accounts, which are users of the
 * sub-type SERVICE_ACCOUNT, and access tokens.
 */
#ifndef GMS_ACCOUNTS_H
#define GMS_ACCOUNTS_H

#include "request.h"
#include "store.h"

#include <datahub/token.h>

/* Whether there is a service account of that URN. */
bool gms_account_exists(gms_store *store, const char *urn);

/* One versioned aspect, written by the server itself on behalf of the request's actor. */
typedef struct gms_own_aspect {
  const char *entity, *urn, *aspect;
  json_object *value; /* borrowed */
} gms_own_aspect;
dh_status gms_own_write(gms_request *request, const gms_own_aspect *aspects, size_t count,
                        dh_error *error);
/* Removes an entity of the server's own. */
dh_status gms_own_remove(gms_request *request, const char *urn, dh_error *error);

#define GMS_URN_OF_TOKEN "urn:li:dataHubAccessToken:"
/* The aspects of a token's entity; what is in the table, as GMS has it. */
dh_status gms_token_entity_write(gms_request *request, const dh_pat_record *record,
                                 dh_error *error);
dh_status gms_token_entity_remove(gms_request *request, const char *id, dh_error *error);

#endif
