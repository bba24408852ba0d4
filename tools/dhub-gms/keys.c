/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <string.h>

#define MOST_FIELDS 3

/* The fields of key records, in the order in which a URN has their values. Entity types
 * with another, or no, record here get no key aspect of the server's own making. */
static const struct {
  const char *entity;
  const char *fields[MOST_FIELDS + 1];
} keys[] = {
    {"application", {"id"}},
    {"assertion", {"assertionId"}},
    {"businessAttribute", {"id"}},
    {"chart", {"dashboardTool", "chartId"}},
    {"container", {"guid"}},
    {"corpGroup", {"name"}},
    {"corpuser", {"username"}},
    {"dashboard", {"dashboardTool", "dashboardId"}},
    {"dataContract", {"id"}},
    {"dataFlow", {"orchestrator", "flowId", "cluster"}},
    {"dataHubAccessToken", {"id"}},
    {"dataHubExecutionRequest", {"id"}},
    {"dataHubIngestionSource", {"id"}},
    {"dataHubPolicy", {"id"}},
    {"dataHubRole", {"id"}},
    {"dataHubSecret", {"id"}},
    {"dataJob", {"flow", "jobId"}},
    {"dataPlatform", {"platformName"}},
    {"dataPlatformInstance", {"platform", "instance"}},
    {"dataProcessInstance", {"id"}},
    {"dataProduct", {"id"}},
    {"dataset", {"platform", "name", "origin"}},
    {"domain", {"id"}},
    {"form", {"id"}},
    {"glossaryNode", {"name"}},
    {"glossaryTerm", {"name"}},
    {"incident", {"id"}},
    {"mlFeature", {"featureNamespace", "name"}},
    {"mlFeatureTable", {"platform", "name"}},
    {"mlModel", {"platform", "name", "origin"}},
    {"mlModelDeployment", {"platform", "name", "origin"}},
    {"mlModelGroup", {"platform", "name", "origin"}},
    {"mlPrimaryKey", {"featureNamespace", "name"}},
    {"notebook", {"notebookTool", "notebookId"}},
    {"ownershipType", {"id"}},
    {"post", {"id"}},
    {"query", {"id"}},
    {"role", {"id"}},
    {"schemaField", {"parent", "fieldPath"}},
    {"structuredProperty", {"id"}},
    {"tag", {"name"}},
    {"test", {"id"}},
};

/* The next value of a tuple: up to a comma outside parentheses. */
static size_t value_length(const char *text, size_t size)
{
  int depth = 0;
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '(')
      depth++;
    else if (text[i] == ')')
      depth--;
    else if (text[i] == ',' && !depth)
      return i;
  }
  return size;
}

static json_object *read_tuple(const char *text, size_t size, const char *const *fields)
{
  json_object *key = json_object_new_object();
  for (; *fields; fields++) {
    /* The last field has all that is left: a name may hold a comma. */
    size_t length = fields[1] ? value_length(text, size) : size;
    json_object_object_add(key, *fields, json_object_new_string_len(text, (int)length));
    if (length == size && fields[1]) {
      json_object_put(key);
      return NULL;
    }
    text += length + 1;
    size -= fields[1] ? length + 1 : length;
  }
  return key;
}

json_object *gms_key_of_urn(const char *entity, const char *urn)
{
  const char *text = urn + strlen("urn:li:");
  text = strchr(text, ':');
  if (!text)
    return NULL;
  text++;
  size_t size = strlen(text);
  for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
    if (strcmp(keys[i].entity, entity))
      continue;
    if (!keys[i].fields[1]) {
      json_object *key = json_object_new_object();
      json_object_object_add(key, keys[i].fields[0], json_object_new_string(text));
      return key;
    }
    if (size < 2 || text[0] != '(' || text[size - 1] != ')')
      return NULL;
    return read_tuple(text + 1, size - 2, keys[i].fields);
  }
  return NULL;
}
