/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GMS_GRAPHQL_TOKEN_JSON_H
#define GMS_GRAPHQL_TOKEN_JSON_H

#include "json.h"

#include <datahub/token.h>

/* AccessTokenMetadata of a listed token. */
json_object *gms_token_metadata(const dh_pat_record *record);

#endif
