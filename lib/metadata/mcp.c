/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The builder: an MCP in parts, each checked as it is set.
 */
#include "metadata/json.h"
#include "metadata/proposal.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

struct dh_mcp {
  char *entity_type; /* NULL: the URN's */
  char *urn;
  char *aspect_name;
  dh_change_type change_type;
  struct json_object *aspect, *system_metadata, *headers;
};

static dh_status no_memory(dh_error *error)
{
  return dh_error_set(error, DH_NO_MEMORY, "no memory for a metadata change proposal");
}

static char *copy(const char *text)
{
  return text ? strdup(text) : NULL;
}

dh_mcp *dh_mcp_new(const char *entity_type, const char *urn, const char *aspect_name,
                   dh_error *error)
{
  dh_error_clear(error);
  if (!urn || !aspect_name || !*aspect_name) {
    dh_error_set(error, DH_MALFORMED, "a proposal needs %s", urn ? "an aspect name" : "a URN");
    return NULL;
  }
  if (dh_urn_check(urn, strlen(urn), error) != DH_OK)
    return NULL;
  dh_slice type = dh_urn_entity_type(urn, strlen(urn));
  if (entity_type &&
      (strlen(entity_type) != type.len || strncmp(entity_type, type.ptr, type.len))) {
    dh_error_set(error, DH_MALFORMED, "the entity type is \"%.80s\" and the URN is of a \"%.*s\"",
                 entity_type, (int)type.len, type.ptr);
    return NULL;
  }
  dh_mcp *mcp = calloc(1, sizeof(*mcp));
  if (mcp) {
    mcp->entity_type = copy(entity_type);
    mcp->urn = copy(urn);
    mcp->aspect_name = copy(aspect_name);
  }
  if (!mcp || !mcp->urn || !mcp->aspect_name || (entity_type && !mcp->entity_type)) {
    dh_mcp_free(mcp);
    no_memory(error);
    return NULL;
  }
  return mcp;
}

void dh_mcp_free(dh_mcp *mcp)
{
  if (!mcp)
    return;
  free(mcp->entity_type);
  free(mcp->urn);
  free(mcp->aspect_name);
  json_object_put(mcp->aspect);
  json_object_put(mcp->system_metadata);
  json_object_put(mcp->headers);
  free(mcp);
}

dh_status dh_mcp_set_change_type(dh_mcp *mcp, dh_change_type type, dh_error *error)
{
  if (!dh_change_type_name(type))
    return dh_error_set(error, DH_MALFORMED, "%d is no change type", (int)type);
  mcp->change_type = type;
  return DH_OK;
}

/* Replaces *place by the tree of a text; `what` names it in messages. */
static dh_status set_json(struct json_object **place, const char *what, const char *json,
                          size_t size, bool object, dh_error *error)
{
  struct json_object *tree;
  dh_json_fault fault;
  dh_json_result result = dh_json_parse_whole(json, size, &tree, &fault);
  if (result == DH_JSON_NO_MEMORY)
    return no_memory(error);
  if (result != DH_JSON_OK)
    return dh_error_set(error, DH_MALFORMED, "%s is not JSON at byte %zu: %s", what,
                        (size_t)(fault.at - json), fault.why);
  if (!json_object_is_type(tree, json_type_object) &&
      (object || !json_object_is_type(tree, json_type_array))) {
    json_object_put(tree);
    return dh_error_set(error, DH_MALFORMED, "%s must be a JSON object%s", what,
                        object ? "" : ", or of a PATCH an array");
  }
  json_object_put(*place);
  *place = tree;
  return DH_OK;
}

dh_status dh_mcp_set_aspect_json(dh_mcp *mcp, const char *json, size_t size, dh_error *error)
{
  return set_json(&mcp->aspect, "the aspect", json, size, false, error);
}

/* By way of its text: a tree made elsewhere can hold what JSON cannot (NaN, a string
 * that is not UTF-8), and its owner may change it later. */
dh_status dh_mcp_set_aspect(dh_mcp *mcp, struct json_object *aspect, dh_error *error)
{
  size_t size;
  const char *text = json_object_to_json_string_length(aspect, JSON_C_TO_STRING_PLAIN, &size);
  if (!text)
    return no_memory(error);
  return dh_mcp_set_aspect_json(mcp, text, size, error);
}

static dh_status set_or_clear(struct json_object **place, const char *what, const char *json,
                              size_t size, dh_error *error)
{
  if (json)
    return set_json(place, what, json, size, true, error);
  json_object_put(*place);
  *place = NULL;
  return DH_OK;
}

dh_status dh_mcp_set_system_metadata(dh_mcp *mcp, const char *json, size_t size, dh_error *error)
{
  return set_or_clear(&mcp->system_metadata, "systemMetadata", json, size, error);
}

dh_status dh_mcp_set_headers(dh_mcp *mcp, const char *json, size_t size, dh_error *error)
{
  return set_or_clear(&mcp->headers, "headers", json, size, error);
}

dh_status dh_mcp_to_wire(const dh_mcp *mcp, const dh_wire_options *options, char **buffer,
                         size_t *size, size_t *capacity, dh_record *record, dh_error *error)
{
  dh_proposal proposal = {.entity_type = mcp->entity_type,
                          .urn = mcp->urn,
                          .urn_size = strlen(mcp->urn),
                          .change_type = mcp->change_type,
                          .aspect_name = mcp->aspect_name,
                          .has_aspect = mcp->aspect != NULL,
                          .aspect = mcp->aspect,
                          .how = DH_OUTGOING_MCP,
                          .system_metadata = mcp->system_metadata,
                          .headers = mcp->headers};
  dh_buf out = {.data = *buffer, .size = *size, .capacity = *capacity};
  dh_record_spans spans;
  dh_status status = dh_proposal_write(&proposal, options, &out, &spans, error);
  *buffer = out.data;
  *capacity = out.capacity;
  if (status != DH_OK)
    return status;
  *size = out.size;
  dh_record_resolve(&spans, out.data, record);
  return DH_OK;
}
