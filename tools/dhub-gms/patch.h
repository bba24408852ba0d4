/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Patch (RFC 6902) as GMS applies it. Arrays whose elements have a primary key are
 * patched as maps: /tags/urn:li:tag:x is the element whose `tag` is that URN. Which these
 * are, the patch says (arrayPrimaryKeys), or GMS knows for some aspects.
 */
#ifndef GMS_PATCH_H
#define GMS_PATCH_H

#include "json.h"

/* Whether it is a patch: an array of operations, or {arrayPrimaryKeys, patch}. */
dh_status gms_patch_check(json_object *patch, dh_error *error);

/* Applies `patch` to a copy of `aspect` (NULL: an empty one). NULL and DH_MALFORMED where an
 * operation cannot be done. The caller owns the result. */
json_object *gms_patch_apply(const char *aspect_name, json_object *aspect, json_object *patch,
                             dh_error *error);

#endif
