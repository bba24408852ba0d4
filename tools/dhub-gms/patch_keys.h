/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays as maps and back, for patches: see patch.h.
 */
#ifndef GMS_PATCH_KEYS_H
#define GMS_PATCH_KEYS_H

#include "json.h"

/* The keys that GMS knows for an aspect: {"tags": ["tag"]}, an object that the caller owns.
 * An empty list of keys is an array of strings. */
json_object *gms_patch_known_keys(const char *aspect_name);

/* Turns the member `field` of `aspect` into a map, each key one level; and back. A member
 * that is absent becomes an empty map; one that stays empty and was absent goes away. */
void gms_patch_to_map(json_object *aspect, const char *field, json_object *keys);
void gms_patch_to_array(json_object *aspect, const char *field, json_object *keys);

/* The same for the lineage of columns, whose levels are operation, downstream, query and
 * upstream. */
void gms_patch_lineage_to_map(json_object *aspect);
void gms_patch_lineage_to_array(json_object *aspect);

#endif
