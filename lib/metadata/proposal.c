/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/proposal.h"
#include "base/text.h"
#include "metadata/ascii.h"

#include <json-c/json.h>
#include <string.h>

static void clear(dh_record_spans *spans)
{
  static const dh_span nowhere = {DH_NOWHERE, 0};
  *spans = (dh_record_spans){.proposal = nowhere,
                             .entity_type = nowhere,
                             .urn = nowhere,
                             .aspect_name = nowhere,
                             .content_type = nowhere,
                             .system_metadata = nowhere,
                             .headers = nowhere};
}

static dh_slice resolve(dh_span span, const char *base)
{
  if (span.at == DH_NOWHERE)
    return (dh_slice){NULL, 0};
  return (dh_slice){base + span.at, span.size};
}

void dh_record_resolve(const dh_record_spans *spans, const char *base, dh_record *record)
{
  *record = (dh_record){.struct_size = sizeof(*record),
                        .change_type = spans->change_type,
                        .flags = spans->flags,
                        .proposal = resolve(spans->proposal, base),
                        .entity_type = resolve(spans->entity_type, base),
                        .urn = resolve(spans->urn, base),
                        .aspect_name = resolve(spans->aspect_name, base),
                        .content_type = resolve(spans->content_type, base),
                        .system_metadata = resolve(spans->system_metadata, base),
                        .headers = resolve(spans->headers, base)};
}

/* --- checks -------------------------------------------------------------- */

/* The entity type as the URN spells it; names that differ in more than case are refused. */
static dh_status entity_type(const dh_proposal *proposal, dh_slice *out, dh_error *error)
{
  *out = dh_urn_entity_type(proposal->urn, proposal->urn_size);
  const char *said = proposal->entity_type;
  if (said && (strlen(said) != out->len || dh_text_ncasecmp(said, out->ptr, out->len)))
    return dh_error_set(error, DH_MALFORMED,
                        "entityType is \"%.80s\" and the URN is of a \"%.*s\": make them agree",
                        said, (int)out->len, out->ptr);
  return DH_OK;
}

/* An array of operations, or an object that holds them with its arrays' keys. */
static dh_status check_patch(struct json_object *patch, dh_error *error)
{
  struct json_object *operations = NULL;
  if (json_object_is_type(patch, json_type_array))
    return DH_OK;
  if (json_object_is_type(patch, json_type_object) &&
      json_object_object_get_ex(patch, "patch", &operations) &&
      json_object_is_type(operations, json_type_array))
    return DH_OK;
  return dh_error_set(error, DH_MALFORMED,
                      "a PATCH must be an array of operations, or an object with "
                      "\"arrayPrimaryKeys\" and \"patch\"");
}

static dh_status check_aspect(const dh_proposal *proposal, dh_error *error)
{
  bool patch = proposal->change_type == DH_PATCH;
  if (!proposal->aspect_name || !*proposal->aspect_name)
    return dh_error_set(error, DH_MALFORMED, "it has no aspectName");
  if (!proposal->has_aspect)
    return proposal->change_type == DH_DELETE
               ? DH_OK
               : dh_error_set(
                     error, DH_MALFORMED,
                     "it has no aspect, and its changeType is %s: only DELETE goes without",
                     dh_change_type_name(proposal->change_type));
  if (proposal->value)
    return DH_OK;
  if (patch)
    return check_patch(proposal->aspect, error);
  if (!json_object_is_type(proposal->aspect, json_type_object))
    return dh_error_set(error, DH_MALFORMED, "the aspect must be a JSON object");
  return DH_OK;
}

static dh_status check_headers(struct json_object *headers, dh_error *error)
{
  if (!headers)
    return DH_OK;
  if (!json_object_is_type(headers, json_type_object))
    return dh_error_set(error, DH_MALFORMED, "headers must be an object of strings");
  json_object_object_foreach(headers, name, value)
  {
    if (value && !json_object_is_type(value, json_type_string))
      return dh_error_set(error, DH_MALFORMED, "headers.%.80s must be a string", name);
  }
  return DH_OK;
}

/* --- writing ------------------------------------------------------------- */

/* Appends a member whose value is text; `span` is where the text stands unescaped: within
 * the proposal, or where it had to be escaped, DH_NOWHERE for now. */
static void write_text(dh_buf *out, const char *name, const char *text, size_t size, dh_span *span)
{
  dh_buf_addf(out, "%s\"%s\":", out->failed || out->data[out->size - 1] == '{' ? "" : ",", name);
  size_t at = out->size + 1;
  dh_buf_add_json(out, text, size);
  bool same = !out->failed && out->size - at - 1 == size;
  *span = (dh_span){same ? at : DH_NOWHERE, size};
}

/* Appends behind the proposal what could not be found in it. */
static void write_apart(dh_buf *out, const char *text, dh_span *span)
{
  if (span->at != DH_NOWHERE)
    return;
  span->at = out->size;
  dh_buf_add(out, text, span->size);
}

static dh_status write_aspect(const dh_proposal *proposal, dh_buf *out, dh_record_spans *spans,
                              dh_error *error)
{
  bool patch = proposal->change_type == DH_PATCH;
  dh_buf json;
  dh_buf_init(&json);
  dh_status status = DH_OK;
  if (!proposal->value)
    status = dh_outgoing_write(&json, proposal->aspect, patch ? DH_OUTGOING_AS_IS : proposal->how,
                               proposal->aspect_record, error);
  if (status == DH_OK) {
    const char *type = proposal->content_type ? proposal->content_type
                       : patch                ? DH_JSON_PATCH_TYPE
                                              : DH_JSON_TYPE;
    dh_buf_adds(out, ",\"aspect\":{\"value\":");
    if (proposal->value)
      dh_ascii_add_json(out, proposal->value, proposal->value_size);
    else
      dh_ascii_add_json(out, json.failed ? "" : dh_buf_text(&json), json.failed ? 0 : json.size);
    write_text(out, "contentType", type, strlen(type), &spans->content_type);
    dh_buf_addc(out, '}');
    out->failed = out->failed || json.failed;
  }
  dh_buf_free(&json);
  return status;
}

static dh_status write_object(dh_buf *out, const char *name, struct json_object *object,
                              dh_span *span, dh_error *error)
{
  dh_buf_addf(out, ",\"%s\":", name);
  size_t at = out->size;
  dh_status status = dh_outgoing_write(out, object, DH_OUTGOING_MCP, NULL, error);
  *span = (dh_span){at, out->size - at};
  return status;
}

static dh_status write_all(const dh_proposal *proposal, dh_slice type,
                           const dh_wire_options *options, dh_buf *out, dh_record_spans *spans,
                           dh_error *error)
{
  const char *change = dh_change_type_name(proposal->change_type);
  dh_span ignored;
  dh_status status = DH_OK;
  dh_buf_addc(out, '{');
  write_text(out, "entityType", type.ptr, type.len, &spans->entity_type);
  write_text(out, "entityUrn", proposal->urn, proposal->urn_size, &spans->urn);
  write_text(out, "changeType", change, strlen(change), &ignored);
  write_text(out, "aspectName", proposal->aspect_name, strlen(proposal->aspect_name),
             &spans->aspect_name);
  if (proposal->has_aspect)
    status = write_aspect(proposal, out, spans, error);
  if (status == DH_OK) {
    dh_buf_adds(out, ",\"systemMetadata\":");
    size_t at = out->size;
    status =
        dh_system_metadata_write(proposal->system_metadata, options, out, &spans->flags, error);
    spans->system_metadata = (dh_span){at, out->size - at};
  }
  if (status == DH_OK && proposal->headers)
    status = write_object(out, "headers", proposal->headers, &spans->headers, error);
  if (status == DH_OK && proposal->audit_header)
    status = write_object(out, "auditHeader", proposal->audit_header, &ignored, error);
  dh_buf_addc(out, '}');
  return status;
}

dh_status dh_proposal_write(const dh_proposal *proposal, const dh_wire_options *options,
                            dh_buf *out, dh_record_spans *spans, dh_error *error)
{
  dh_slice type;
  size_t start = out->size;
  dh_status status = dh_urn_check(proposal->urn, proposal->urn_size, error);
  if (status == DH_OK)
    status = entity_type(proposal, &type, error);
  if (status == DH_OK)
    status = check_aspect(proposal, error);
  if (status == DH_OK)
    status = check_headers(proposal->headers, error);
  if (status != DH_OK)
    return status;
  clear(spans);
  spans->change_type = proposal->change_type;
  status = write_all(proposal, type, options, out, spans, error);
  if (out->failed)
    status = dh_error_set(error, DH_NO_MEMORY, "no memory for a record's %zu bytes", out->size);
  if (status != DH_OK) {
    out->size = start;
    return status;
  }
  spans->proposal = (dh_span){start, out->size - start};
  write_apart(out, type.ptr, &spans->entity_type);
  write_apart(out, proposal->urn, &spans->urn);
  write_apart(out, proposal->aspect_name, &spans->aspect_name);
  if (spans->content_type.at == DH_NOWHERE && proposal->content_type)
    write_apart(out, proposal->content_type, &spans->content_type);
  if (out->failed)
    return dh_error_set(error, DH_NO_MEMORY, "no memory for a record");
  return DH_OK;
}
