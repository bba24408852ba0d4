/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as claims. What our strict reader accepts, json-c reads too, and to the same, but for
 * what json-c is known to read wrongly. */
#include "json_c.h"
#include "token/claims.h"

#include <json-c/json.h>

#include <datahub/error.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const dh_json_object *claims, struct json_object *tree)
{
  if (!tree || (size_t)json_object_object_length(tree) != claims->count)
    __builtin_trap();
  for (size_t i = 0; i < claims->count; i++) {
    struct json_object *theirs = NULL;
    char *name = dh_json_dup(&claims->member[i].name);
    char *text = dh_json_dup(&claims->member[i].value);
    if (!name || !json_object_object_get_ex(tree, name, &theirs))
      __builtin_trap();
    if (text && strcmp(text, json_object_get_string(theirs)) != 0)
      __builtin_trap();
    free(name);
    free(text);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  dh_json_object claims;
  dh_error error;
  int64_t expires;
  if (size > 65536 || !dh_json_read(&claims, (const char *)data, size))
    return 0;
  (void)dh_claims_time(&claims, 1, 0, &expires, &error);
  (void)dh_claims_has(&claims, "aud", "x");
  if (json_c_misreads((const char *)data, size))
    return 0;
  struct json_tokener *tokener = json_tokener_new_ex(64);
  struct json_object *tree = json_tokener_parse_ex(tokener, (const char *)data, (int)size);
  compare(&claims, tree);
  json_object_put(tree);
  json_tokener_free(tokener);
  return 0;
}
