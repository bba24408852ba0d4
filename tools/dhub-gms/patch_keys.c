/* SPDX-License-Identifier: Apache-2.0 */
#include "patch_keys.h"

#include <string.h>

#define MOST_KEYS 3
/* U+241F stands between the parts of a key that lies deeper in the element. */
#define UNIT_SEPARATOR "\xe2\x90\x9f"

static const struct {
  const char *aspect;
  const char *field;
  const char *keys[MOST_KEYS + 1];
} known[] = {
    {"chartInfo", "inputEdges", {"destinationUrn"}},
    {"dashboardInfo", "chartEdges", {"destinationUrn"}},
    {"dashboardInfo", "charts", {NULL}},
    {"dashboardInfo", "dashboards", {"destinationUrn"}},
    {"dashboardInfo", "datasetEdges", {"destinationUrn"}},
    {"dashboardInfo", "datasets", {NULL}},
    {"dataJobInputOutput", "inputDatajobEdges", {"destinationUrn"}},
    {"dataJobInputOutput", "inputDatasetEdges", {"destinationUrn"}},
    {"dataJobInputOutput", "inputDatasetFields", {NULL}},
    {"dataJobInputOutput", "outputDatasetEdges", {"destinationUrn"}},
    {"dataJobInputOutput", "outputDatasetFields", {NULL}},
    {"dataProductProperties", "assets", {"destinationUrn"}},
    {"domains", "domains", {NULL}},
    {"editableSchemaMetadata", "editableSchemaFieldInfo", {"fieldPath"}},
    {"globalTags", "tags", {"tag"}},
    {"glossaryTerms", "terms", {"urn"}},
    {"institutionalMemory", "elements", {"url"}},
    {"ownership", "owners", {"owner", "type"}},
    {"structuredProperties", "properties", {"propertyUrn"}},
    {"structuredPropertyDefinition", "allowedValues", {"value"}},
    {"upstreamLineage", "upstreams", {"dataset"}},
};

json_object *gms_patch_known_keys(const char *aspect_name)
{
  json_object *out = json_object_new_object();
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
    if (strcmp(known[i].aspect, aspect_name))
      continue;
    json_object *keys = json_object_new_array();
    for (const char *const *key = known[i].keys; *key; key++)
      json_object_array_add(keys, json_object_new_string(*key));
    json_object_object_add(out, known[i].field, keys);
  }
  return out;
}

/* The text of an element's key, "" where it has none. */
static const char *key_of(json_object *element, const char *key)
{
  char part[256];
  for (;;) {
    const char *end = strstr(key, UNIT_SEPARATOR);
    size_t size = end ? (size_t)(end - key) : strlen(key);
    json_object *next = NULL;
    if (size >= sizeof(part) || !json_object_is_type(element, json_type_object))
      return "";
    memcpy(part, key, size);
    part[size] = '\0';
    if (!json_object_object_get_ex(element, part, &next) || !next)
      return "";
    if (!end)
      return json_object_get_string(next);
    element = next;
    key = end + strlen(UNIT_SEPARATOR);
  }
}

/* The map under `key`, made where it is missing. */
static json_object *level(json_object *map, const char *key)
{
  json_object *next = NULL;
  if (json_object_object_get_ex(map, key, &next) && json_object_is_type(next, json_type_object))
    return next;
  next = json_object_new_object();
  json_object_object_add(map, key, next);
  return next;
}

static void place(json_object *map, json_object *element, json_object *keys)
{
  size_t count = json_object_array_length(keys);
  for (size_t i = 0; i + 1 < count; i++)
    map = level(map, key_of(element, json_object_get_string(json_object_array_get_idx(keys, i))));
  const char *last =
      count ? key_of(element, json_object_get_string(json_object_array_get_idx(keys, count - 1)))
            : json_object_get_string(element);
  json_object_object_add(map, last ? last : "", json_object_get(element));
}

void gms_patch_to_map(json_object *aspect, const char *field, json_object *keys)
{
  json_object *array = gms_json_member(aspect, field, json_type_array);
  json_object *map = json_object_new_object();
  size_t count = array ? json_object_array_length(array) : 0;
  for (size_t i = 0; i < count; i++)
    place(map, json_object_array_get_idx(array, i), keys);
  json_object_object_add(aspect, field, map);
}

/* Adds what lies `depth` levels down. A key that only the path had is put into the element. */
static void collect(json_object *array, json_object *node, json_object *keys, size_t depth)
{
  if (depth == json_object_array_length(keys) || !json_object_is_type(node, json_type_object)) {
    if (json_object_is_type(node, json_type_array))
      for (size_t i = 0; i < json_object_array_length(node); i++)
        json_object_array_add(array, json_object_get(json_object_array_get_idx(node, i)));
    else
      json_object_array_add(array, json_object_get(node));
    return;
  }
  const char *key = json_object_get_string(json_object_array_get_idx(keys, depth));
  json_object_object_foreach(node, name, child)
  {
    size_t before = json_object_array_length(array);
    collect(array, child, keys, depth + 1);
    for (size_t i = before;
         *name && !strstr(key, UNIT_SEPARATOR) && i < json_object_array_length(array); i++) {
      json_object *element = json_object_array_get_idx(array, i);
      if (json_object_is_type(element, json_type_object) &&
          !json_object_object_get_ex(element, key, NULL))
        json_object_object_add(element, key, json_object_new_string(name));
    }
  }
}

void gms_patch_to_array(json_object *aspect, const char *field, json_object *keys)
{
  json_object *map = gms_json_member(aspect, field, json_type_object);
  if (!map)
    return; /* replaced by an array, or removed */
  json_object *array = json_object_new_array();
  if (json_object_array_length(keys))
    collect(array, map, keys, 0);
  else {
    json_object_object_foreach(map, name, value)
    {
      (void)name;
      json_object_array_add(array, json_object_get(value));
    }
  }
  json_object_object_add(aspect, field, array);
}

/* --- lineage of columns --------------------------------------------------- */

static const char LINEAGES[] = "fineGrainedLineages";

static const char *text_or_none(json_object *object, const char *key)
{
  const char *text = gms_json_string(object, key);
  return text && *text ? text : "NONE";
}

static json_object *score_of(json_object *lineage)
{
  json_object *out = json_object_new_object();
  json_object *score = NULL;
  if (json_object_object_get_ex(lineage, "confidenceScore", &score))
    json_object_object_add(out, "confidenceScore", json_object_get(score));
  return out;
}

/* The text of an element, or NULL: the model knows no null in a list, and it cannot be a key. */
static const char *text_at(json_object *array, size_t index)
{
  return json_object_get_string(json_object_array_get_idx(array, index));
}

void gms_patch_lineage_to_map(json_object *aspect)
{
  json_object *array = gms_json_member(aspect, LINEAGES, json_type_array);
  json_object *map = json_object_new_object();
  for (size_t i = 0; array && i < json_object_array_length(array); i++) {
    json_object *lineage = json_object_array_get_idx(array, i);
    json_object *ups = gms_json_member(lineage, "upstreams", json_type_array);
    json_object *downs = gms_json_member(lineage, "downstreams", json_type_array);
    json_object *operation = level(map, text_or_none(lineage, "transformOperation"));
    for (size_t d = 0; downs && d < json_object_array_length(downs); d++) {
      if (!text_at(downs, d))
        continue;
      json_object *down = level(operation, text_at(downs, d));
      json_object *query = level(down, text_or_none(lineage, "query"));
      for (size_t u = 0; ups && u < json_object_array_length(ups); u++)
        if (text_at(ups, u))
          json_object_object_add(query, text_at(ups, u), score_of(lineage));
    }
  }
  json_object_object_add(aspect, LINEAGES, map);
}

static bool is_column(const char *urn)
{
  return !strncmp(urn, "urn:li:schemaField:", 19);
}

static void add_lineage(json_object *array, const char *operation, const char *down,
                        const char *query, json_object *upstreams)
{
  json_object *lineage = json_object_new_object();
  json_object *ups = json_object_new_array(), *downs = json_object_new_array();
  bool columns = true;
  json_object_object_foreach(upstreams, urn, detail)
  {
    json_object *score = NULL;
    columns = columns && is_column(urn);
    json_object_array_add(ups, json_object_new_string(urn));
    if (json_object_is_type(detail, json_type_object) &&
        json_object_object_get_ex(detail, "confidenceScore", &score))
      json_object_object_add(lineage, "confidenceScore", json_object_get(score));
  }
  bool any = json_object_array_length(ups) > 0;
  json_object_array_add(downs, json_object_new_string(down));
  json_object_object_add(lineage, "upstreams", ups);
  json_object_object_add(lineage, "downstreams", downs);
  gms_json_add_string(lineage, "upstreamType", !any ? "NONE" : columns ? "FIELD_SET" : "DATASET");
  gms_json_add_string(lineage, "downstreamType", is_column(down) ? "FIELD" : "FIELD_SET");
  if (strcmp(operation, "NONE"))
    gms_json_add_string(lineage, "transformOperation", operation);
  if (strcmp(query, "NONE"))
    gms_json_add_string(lineage, "query", query);
  if (!json_object_object_get_ex(lineage, "confidenceScore", NULL))
    json_object_object_add(lineage, "confidenceScore", json_object_new_double_s(1.0, "1.0"));
  json_object_array_add(array, lineage);
}

void gms_patch_lineage_to_array(json_object *aspect)
{
  json_object *map = gms_json_member(aspect, LINEAGES, json_type_object);
  if (!map)
    return;
  json_object *array = json_object_new_array();
  json_object_object_foreach(map, operation, downs)
  {
    if (!json_object_is_type(downs, json_type_object))
      continue;
    json_object_object_foreach(downs, down, queries)
    {
      if (!json_object_is_type(queries, json_type_object))
        continue;
      json_object_object_foreach(queries, query, upstreams)
      {
        if (json_object_is_type(upstreams, json_type_object))
          add_lineage(array, operation, down, query, upstreams);
      }
    }
  }
  json_object_object_add(aspect, LINEAGES, array);
}
