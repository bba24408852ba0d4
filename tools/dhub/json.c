/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include "metadata/json.h"

struct json_object *dhub_json_parse(const char *text, size_t size)
{
  static const dh_json_rules rules = {.depth = DH_JSON_DEPTH, .last_wins = true};
  dh_json_fault fault;
  struct json_object *tree = NULL;
  if (text)
    (void)dh_json_parse_as(&rules, text, size, &tree, &fault);
  return tree;
}
