/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key aspects: what an entity's URN says, as an aspect.
 */
#ifndef GMS_KEYS_H
#define GMS_KEYS_H

#include "json.h"

/* The key aspect's content, or NULL where this server does not know its fields. */
json_object *gms_key_of_urn(const char *entity, const char *urn);

#endif
