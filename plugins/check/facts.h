/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a token says to a principal.
 */
#ifndef DH_CHECK_FACTS_H
#define DH_CHECK_FACTS_H

#include "token/json.h"

/* Whether a credential was presented as a bearer token. */
int facts_is_bearer(const dh_presented *presented);

/* Sets a field from text of a length. An absent one (NULL) is left alone. */
dh_status facts_set(const dh_host *host, dh_principal *principal, dh_principal_field field,
                    const char *text, size_t size);
/* The same from a JSON string. */
dh_status facts_set_json(const dh_host *host, dh_principal *principal, dh_principal_field field,
                         const dh_json_value *value);
/* Sets the actor to "urn:li:corpuser:" and an id. */
dh_status facts_set_user(const dh_host *host, dh_principal *principal, const char *id, size_t size);

/* Adds an `aud`: a string, or an array of which the strings are taken. */
dh_status facts_set_audiences(const dh_host *host, dh_principal *principal,
                              const dh_json_value *audience);

#endif
