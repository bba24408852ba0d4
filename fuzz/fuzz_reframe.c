/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes by the bulk path and by trees: the same records are accepted, with the same
 * words about the others, and the same is meant by what is sent. What our parser takes
 * json-c's takes too, with the same result where json-c keeps a number as it is and reads
 * each character rightly.
 */
#include "json_c.h"
#include "metadata/json.h"
#include "metadata/outcome.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether a tree has a number that json-c rounds or rewrites. */
static int has_odd_number(struct json_object *node)
{
  if (json_object_is_type(node, json_type_double))
    return 1;
  if (json_object_is_type(node, json_type_array)) {
    for (size_t i = 0; i < json_object_array_length(node); i++)
      if (has_odd_number(json_object_array_get_idx(node, i)))
        return 1;
  } else if (json_object_is_type(node, json_type_object)) {
    json_object_object_foreach(node, name, value)
    {
      (void)name;
      if (has_odd_number(value))
        return 1;
    }
  }
  return 0;
}

static void against_json_c(const char *text, size_t size)
{
  struct json_object *ours;
  dh_json_fault fault;
  if (dh_json_parse_whole(text, size, &ours, &fault) != DH_JSON_OK)
    return;
  struct json_tokener *tokener = json_tokener_new_ex(DH_JSON_DEPTH + 2);
  json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
  char *ended = malloc(size + 1); /* a number ends only at what follows it */
  memcpy(ended, text, size);
  ended[size] = '\0';
  struct json_object *theirs = json_tokener_parse_ex(tokener, ended, (int)size + 1);
  if (json_tokener_get_error(tokener) != json_tokener_success)
    abort();
  if (!has_odd_number(ours) && !json_c_misreads(text, size) && !json_object_equal(ours, theirs))
    abort();
  free(ended);
  json_object_put(ours);
  json_object_put(theirs);
  json_tokener_free(tokener);
}

static void against_trees(const char *text, size_t size)
{
  char *fast = outcome_of(text, size, (outcome_how){.trees = false, .client = "c"});
  char *trees = outcome_of(text, size, (outcome_how){.trees = true, .client = "c"});
  if (strcmp(fast, trees) || strstr(fast, OUTCOME_BROKEN))
    abort();
  free(fast);
  free(trees);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  /* Twice: what was learnt the first time is known the second time. */
  char *twice = malloc(2 * size + 1);
  memcpy(twice, data, size);
  twice[size] = '\n';
  memcpy(twice + size + 1, data, size);
  against_trees(twice, 2 * size + 1);
  free(twice);
  against_json_c((const char *)data, size);
  return 0;
}
