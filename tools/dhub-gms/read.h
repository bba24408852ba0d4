/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading back, shared by the forms of answer.
 */
#ifndef GMS_READ_H
#define GMS_READ_H

#include "server.h"

/* Whether `name` is in "List(a,b)" or "a,b"; NULL: all are. */
bool gms_list_has(const char *list, const char *name);
/* The URN in a path after `prefix`, checked; NULL and the answer set where it is none. */
const char *gms_path_urn(gms_request *request, const char *prefix);
/* An aspect's JSON as a tree; {} where it cannot be read. */
json_object *gms_row_json(const char *text);
/* The latest of the aspects of an entity, each given to `each`; replies where that fails. */
bool gms_read_entity(gms_request *request, const char *urn, gms_row_fn each, void *arg);

#endif
