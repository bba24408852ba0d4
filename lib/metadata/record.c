/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/record.h"

#include "base/text.h"
#include "metadata/json.h"

#include <json-c/json.h>
#include <string.h>

struct json_object *dh_record_member(struct json_object *tree, const char *name)
{
  struct json_object *value = NULL;
  json_object_object_get_ex(tree, name, &value);
  return value;
}

dh_status dh_record_text(struct json_object *tree, const char *name, const char **text,
                         size_t *size, dh_error *error)
{
  struct json_object *value = dh_record_member(tree, name);
  *text = NULL;
  *size = 0;
  if (!value)
    return DH_OK;
  if (!json_object_is_type(value, json_type_string))
    return dh_error_set(error, DH_MALFORMED, "%s must be a string", name);
  *text = json_object_get_string(value);
  *size = (size_t)json_object_get_string_len(value);
  return DH_OK;
}

/* dh_record_text() for a name that is a C string everywhere else. */
static dh_status name_of(struct json_object *tree, const char *name, const char **text,
                         dh_error *error)
{
  size_t size;
  dh_status status = dh_record_text(tree, name, text, &size, error);
  if (status == DH_OK && *text && strlen(*text) != size)
    return dh_error_set(error, DH_MALFORMED, "%s has a NUL character in it", name);
  return status;
}

dh_status dh_record_check_members(struct json_object *tree, const char *const *known,
                                  dh_error *error)
{
  json_object_object_foreach(tree, name, value)
  {
    (void)value;
    const char *const *k = known;
    while (*k && strcmp(*k, name))
      k++;
    if (*k)
      continue;
    const char *nearest = dh_text_nearest(name, known);
    return dh_error_set(error, DH_MALFORMED, "it has an unknown member \"%.80s\"%s%s%s", name,
                        nearest ? ": did you mean \"" : "", nearest ? nearest : "",
                        nearest ? "\"?" : "");
  }
  return DH_OK;
}

/* --- MCP ----------------------------------------------------------------- */

static dh_status change_type(struct json_object *tree, dh_change_type *out, dh_error *error)
{
  const char *name;
  size_t size;
  dh_status status = dh_record_text(tree, "changeType", &name, &size, error);
  if (status != DH_OK)
    return status;
  if (!name)
    return dh_error_set(error, DH_MALFORMED,
                        "it has no changeType: write \"changeType\": \"UPSERT\" into it, or what "
                        "else is meant");
  int type = dh_change_type_of(name, size);
  if (type < 0)
    return dh_error_set(error, DH_MALFORMED,
                        "changeType \"%.40s\" is none of UPSERT, CREATE, CREATE_ENTITY, UPDATE, "
                        "DELETE, PATCH and RESTATE",
                        name);
  *out = (dh_change_type)type;
  return DH_OK;
}

static bool is_json_type(const char *type)
{
  return !strcmp(type, DH_JSON_TYPE) || !strcmp(type, DH_JSON_PATCH_TYPE);
}

/* {"value": "...", "contentType": "..."}: JSON is parsed into *owned, which the caller
 * puts; all else is passed on as it is. */
static dh_status serialized_aspect(struct json_object *aspect, dh_proposal *proposal,
                                   struct json_object **owned, dh_error *error)
{
  const char *value;
  size_t size;
  dh_status status = dh_record_text(aspect, "value", &value, &size, error);
  if (status == DH_OK)
    status = name_of(aspect, "contentType", &proposal->content_type, error);
  if (status != DH_OK) {
    dh_error_prefix(error, "aspect.");
    return status;
  }
  if (!value)
    return dh_error_set(error, DH_MALFORMED,
                        "its aspect has neither \"json\" nor \"value\": one of them holds it");
  proposal->has_aspect = true;
  if (proposal->content_type && !is_json_type(proposal->content_type)) {
    proposal->value = value;
    proposal->value_size = size;
    return DH_OK;
  }
  dh_json_fault fault;
  dh_json_result result = dh_json_parse_whole(value, size, owned, &fault);
  if (result == DH_JSON_NO_MEMORY)
    return dh_error_set(error, DH_NO_MEMORY, "no memory for an aspect");
  if (result != DH_JSON_OK)
    return dh_error_set(error, DH_MALFORMED, "aspect.value is not JSON at byte %zu: %s",
                        (size_t)(fault.at - value), fault.why);
  proposal->aspect = *owned;
  return DH_OK;
}

static dh_status aspect_of(struct json_object *tree, dh_proposal *proposal,
                           struct json_object **owned, dh_error *error)
{
  static const char *const members[] = {"json", "value", "contentType", NULL};
  struct json_object *aspect = dh_record_member(tree, "aspect");
  if (!aspect)
    return DH_OK;
  if (!json_object_is_type(aspect, json_type_object))
    return dh_error_set(error, DH_MALFORMED, "aspect must be an object with \"json\" or \"value\"");
  dh_status status = dh_record_check_members(aspect, members, error);
  if (status != DH_OK) {
    dh_error_prefix(error, "aspect: ");
    return status;
  }
  struct json_object *json = dh_record_member(aspect, "json");
  if (!json)
    return serialized_aspect(aspect, proposal, owned, error);
  if (dh_record_member(aspect, "value"))
    return dh_error_set(error, DH_MALFORMED, "its aspect has both \"json\" and \"value\"");
  proposal->aspect = json;
  proposal->has_aspect = true;
  status = name_of(aspect, "contentType", &proposal->content_type, error);
  if (status == DH_OK && proposal->content_type && !is_json_type(proposal->content_type))
    return dh_error_set(error, DH_MALFORMED,
                        "its aspect is under \"json\", and its contentType is \"%.80s\"",
                        proposal->content_type);
  return status;
}

static dh_status mcp_read(struct json_object *tree, const dh_wire_options *options, dh_buf *out,
                          dh_record_spans *spans, dh_error *error)
{
  static const char *const members[] = {
      "entityType",     "entityUrn", "changeType",  "aspectName",      "aspect",
      "systemMetadata", "headers",   "auditHeader", "entityKeyAspect", NULL};
  dh_proposal proposal = {.how = DH_OUTGOING_MCP,
                          .audit_header = dh_record_member(tree, "auditHeader"),
                          .system_metadata = dh_record_member(tree, "systemMetadata"),
                          .headers = dh_record_member(tree, "headers")};
  struct json_object *owned = NULL;
  dh_status status = dh_record_check_members(tree, members, error);
  if (status == DH_OK)
    status = name_of(tree, "entityType", &proposal.entity_type, error);
  if (status == DH_OK)
    status = dh_record_text(tree, "entityUrn", &proposal.urn, &proposal.urn_size, error);
  if (status == DH_OK && dh_record_member(tree, "entityKeyAspect"))
    status = dh_error_set(error, DH_MALFORMED,
                          "it names its entity by entityKeyAspect: write its entityUrn instead");
  if (status == DH_OK && !proposal.urn)
    status = dh_error_set(error, DH_MALFORMED, "it has no entityUrn");
  if (status == DH_OK)
    status = change_type(tree, &proposal.change_type, error);
  if (status == DH_OK)
    status = name_of(tree, "aspectName", &proposal.aspect_name, error);
  if (status == DH_OK)
    status = aspect_of(tree, &proposal, &owned, error);
  if (status == DH_OK)
    status = dh_proposal_write(&proposal, options, out, spans, error);
  json_object_put(owned);
  return status;
}

/* --- any ----------------------------------------------------------------- */

dh_status dh_record_read(struct json_object *tree, const dh_wire_options *options, dh_buf *out,
                         dh_record_spans *spans, size_t max_spans, size_t *count, dh_error *error)
{
  *count = 0;
  if (!json_object_is_type(tree, json_type_object))
    return dh_error_set(error, DH_MALFORMED, "it is %s, and a record is an object",
                        tree ? json_type_to_name(json_object_get_type(tree)) : "null");
  if (dh_record_member(tree, "proposedSnapshot"))
    return dh_mce_read(tree, options, out, spans, max_spans, count, error);
  if (dh_record_member(tree, "bucket") && dh_record_member(tree, "resource"))
    return dh_error_set(error, DH_MALFORMED,
                        "it is a usage record (\"resource\" and \"bucket\"): DataHub dropped that "
                        "form, and its own client drops such records; send an MCP of the aspect "
                        "datasetUsageStatistics");
  if (dh_record_member(tree, "proposedDelta"))
    return dh_error_set(error, DH_MALFORMED,
                        "it is an MCE with a proposedDelta: DataHub has never applied those; send "
                        "an MCP with changeType PATCH");
  if (!max_spans)
    return dh_error_set(error, DH_INTERNAL, "no room for a record");
  *count = 1;
  return mcp_read(tree, options, out, spans, error);
}
