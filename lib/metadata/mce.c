/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An MCE: a snapshot of some aspects of one entity in Avro's JSON. Each aspect becomes
 * one UPSERT.
 */
#include "metadata/model.h"
#include "metadata/record.h"

#include <json-c/json.h>
#include <string.h>

/* {"com.linkedin...": value}: the name and the value. */
static dh_status named_record(struct json_object *wrapper, const char *what, const char **name,
                              struct json_object **value, dh_error *error)
{
  if (json_object_is_type(wrapper, json_type_object) && json_object_object_length(wrapper) == 1) {
    struct json_object_iterator it = json_object_iter_begin(wrapper);
    *name = json_object_iter_peek_name(&it);
    *value = json_object_iter_peek_value(&it);
    if (json_object_is_type(*value, json_type_object))
      return DH_OK;
  }
  return dh_error_set(error, DH_MALFORMED,
                      "%s must be an object with one member: a record's full name and its value",
                      what);
}

/* One aspect of the snapshot, with the parts that all have in common in `proposal`. */
static dh_status aspect_read(struct json_object *wrapper, dh_proposal proposal,
                             const dh_wire_options *options, dh_buf *out, dh_record_spans *spans,
                             dh_error *error)
{
  const char *record;
  dh_status status = named_record(wrapper, "an aspect of an MCE", &record, &proposal.aspect, error);
  if (status != DH_OK)
    return status;
  proposal.aspect_name = dh_model_aspect_of_record(record);
  if (!proposal.aspect_name)
    return dh_error_set(error, DH_MALFORMED, "\"%.120s\" is no aspect that this version knows",
                        record);
  proposal.aspect_record = dh_model_record_of_aspect(proposal.aspect_name);
  return dh_proposal_write(&proposal, options, out, spans, error);
}

static dh_status snapshot_read(struct json_object *snapshot, dh_proposal *proposal,
                               const dh_wire_options *options, dh_buf *out, dh_record_spans *spans,
                               size_t max_spans, size_t *count, dh_error *error)
{
  struct json_object *aspects = dh_record_member(snapshot, "aspects");
  dh_status status = dh_record_text(snapshot, "urn", &proposal->urn, &proposal->urn_size, error);
  if (status != DH_OK)
    return status;
  if (!proposal->urn)
    return dh_error_set(error, DH_MALFORMED, "its snapshot has no urn");
  if (!json_object_is_type(aspects, json_type_array))
    return dh_error_set(error, DH_MALFORMED, "its snapshot has no array of aspects");
  *count = json_object_array_length(aspects);
  if (!*count)
    return dh_error_set(error, DH_MALFORMED, "its snapshot has no aspects in it");
  if (*count > max_spans)
    return dh_error_set(error, DH_MALFORMED,
                        "its snapshot has %zu aspects, more than the %zu that one may have", *count,
                        max_spans);
  for (size_t i = 0; i < *count && status == DH_OK; i++)
    status = aspect_read(json_object_array_get_idx(aspects, i), *proposal, options, out, spans + i,
                         error);
  return status;
}

dh_status dh_mce_read(struct json_object *tree, const dh_wire_options *options, dh_buf *out,
                      dh_record_spans *spans, size_t max_spans, size_t *count, dh_error *error)
{
  static const char *const members[] = {"auditHeader", "proposedSnapshot", "proposedDelta",
                                        "systemMetadata", NULL};
  dh_proposal proposal = {.change_type = DH_UPSERT,
                          .has_aspect = true,
                          .how = DH_OUTGOING_MCE,
                          .audit_header = dh_record_member(tree, "auditHeader"),
                          .system_metadata = dh_record_member(tree, "systemMetadata")};
  size_t start = out->size;
  const char *record;
  struct json_object *snapshot;
  dh_status status = dh_record_check_members(tree, members, error);
  if (status == DH_OK && dh_record_member(tree, "proposedDelta"))
    status = dh_error_set(error, DH_MALFORMED,
                          "it has a proposedDelta: DataHub has never applied those");
  if (status == DH_OK)
    status = named_record(dh_record_member(tree, "proposedSnapshot"), "proposedSnapshot", &record,
                          &snapshot, error);
  if (status != DH_OK)
    return status;
  proposal.entity_type = dh_model_entity_of_snapshot(record);
  if (!proposal.entity_type)
    return dh_error_set(error, DH_MALFORMED, "\"%.120s\" is no snapshot that this version knows",
                        record);
  status = snapshot_read(snapshot, &proposal, options, out, spans, max_spans, count, error);
  if (status != DH_OK)
    out->size = start;
  return status;
}
