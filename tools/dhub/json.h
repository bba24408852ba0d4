/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON that came from elsewhere, as the library reads it: characters, numbers and all of its
 * depth are shown as they were sent.
 */
#ifndef DHUB_JSON_H
#define DHUB_JSON_H

#include <json-c/json.h>
#include <stddef.h>

/* The tree of a text, to be put; NULL where it is no JSON (a text that is NULL is none), and
 * where it is null. */
struct json_object *dhub_json_parse(const char *text, size_t size);

#endif
