/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest.h"
#include "patch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

dh_status gms_refuse(dh_error *error, int http_status, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  dh_error_setv(error, http_status == 403 ? DH_DENIED : DH_MALFORMED, format, ap);
  va_end(ap);
  if (error)
    error->http_status = http_status;
  return http_status == 403 ? DH_DENIED : DH_MALFORMED;
}

dh_status gms_changes_init(gms_changes *changes, size_t count, dh_error *error)
{
  changes->count = count;
  changes->items = calloc(count ? count : 1, sizeof(*changes->items));
  if (!changes->items)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory for %zu proposals", count);
  return DH_OK;
}

void gms_changes_clear(gms_changes *changes)
{
  for (size_t i = 0; changes->items && i < changes->count; i++) {
    gms_change *change = &changes->items[i];
    free(change->entity);
    free(change->urn);
    free(change->aspect);
    free(change->value);
    json_object_put(change->parsed);
    json_object_put(change->system);
  }
  free(changes->items);
  memset(changes, 0, sizeof(*changes));
}

static dh_status check_names(const gms_change *change, dh_error *error)
{
  dh_error why;
  size_t size = strlen(change->urn);
  if (dh_urn_check(change->urn, size, &why))
    return gms_refuse(error, 400, "Invalid URN \"%s\": %s", change->urn, why.message);
  dh_slice type = dh_urn_entity_type(change->urn, size);
  if (strlen(change->entity) != type.len || strncasecmp(change->entity, type.ptr, type.len))
    return gms_refuse(error, 400, "entityType \"%s\" is not that of the URN %s", change->entity,
                      change->urn);
  if (!dh_model_has_entity(change->entity))
    return gms_refuse(error, 400, "Failed to find entity with name %s in EntityRegistry",
                      change->entity);
  if (change->aspect && dh_model_is_timeseries(change->aspect) < 0)
    return gms_refuse(error, 400, "Unknown aspect %s for entity %s", change->aspect,
                      change->entity);
  if (change->aspect && !dh_model_entity_has_aspect(change->entity, change->aspect))
    return gms_refuse(error, 422, "Aspect %s is none of entity %s", change->aspect, change->entity);
  return DH_OK;
}

/* Which aspects and values go with which change. */
static dh_status check_kind(const gms_change *change, dh_error *error)
{
  bool series = change->aspect && dh_model_is_timeseries(change->aspect) > 0;
  const char *key = dh_model_key_aspect(change->entity);
  if (change->type == DH_DELETE) {
    if (change->aspect && (!key || strcmp(change->aspect, key)))
      return gms_refuse(error, 422,
                        "DELETE of %s is not supported: it takes the whole entity, by its key "
                        "aspect %s",
                        change->aspect, key ? key : "");
    return DH_OK;
  }
  if (!change->aspect)
    return gms_refuse(error, 400, "%s of %s: aspectName is missing",
                      dh_change_type_name(change->type), change->urn);
  if (!change->parsed)
    return gms_refuse(error, 400, "%s of %s for %s: the aspect is missing",
                      dh_change_type_name(change->type), change->aspect, change->urn);
  if (series && change->type != DH_UPSERT)
    return gms_refuse(error, 422, "%s of %s for %s: a timeseries aspect takes UPSERT only",
                      dh_change_type_name(change->type), change->aspect, change->urn);
  if (change->type == DH_PATCH)
    return gms_patch_check(change->parsed, error)
               ? gms_refuse(error, 400, "PATCH of %s for %s: %s", change->aspect, change->urn,
                            error->message)
               : DH_OK;
  if (!json_object_is_type(change->parsed, json_type_object))
    return gms_refuse(error, 400, "Aspect %s of %s is not a JSON object", change->aspect,
                      change->urn);
  if (series && !gms_json_member(change->parsed, "timestampMillis", json_type_int))
    return gms_refuse(error, 422, "Aspect %s of %s: field timestampMillis is required but missing",
                      change->aspect, change->urn);
  return DH_OK;
}

static dh_status copy_names(gms_change *change, const char *entity, const char *urn,
                            const char *aspect, dh_error *error)
{
  change->entity = strdup(entity);
  change->urn = strdup(urn);
  change->aspect = aspect ? strdup(aspect) : NULL;
  if (change->entity && change->urn && (!aspect || change->aspect))
    return DH_OK;
  return dh_error_set(error, DH_NO_MEMORY, "out of memory while reading a proposal");
}

dh_status gms_change_set(gms_change *change, dh_change_type type, const char *entity,
                         const char *urn, const char *aspect, json_object *value,
                         json_object *system, dh_error *error)
{
  change->type = type;
  dh_status status = copy_names(change, entity, urn, aspect, error);
  if (status)
    return status;
  if (value) {
    change->parsed = json_object_get(value);
    change->value = strdup(gms_json_text(value));
    if (!change->value)
      return dh_error_set(error, DH_NO_MEMORY, "out of memory while reading a proposal");
  }
  change->system = json_object_get(system);
  status = check_names(change, error);
  return status ? status : check_kind(change, error);
}

void gms_change_headers(gms_change *change, json_object *headers)
{
  if (!json_object_is_type(headers, json_type_object))
    return;
  json_object_object_foreach(headers, name, value)
  {
    const char *text = json_object_get_string(value);
    if (!strcasecmp(name, "If-None-Match") && text && !strcmp(text, "*"))
      change->quietly = true;
  }
}

/* The aspect: {contentType, value}, value being bytes. */
static dh_status read_aspect(gms_change *change, json_object *proposal, dh_error *error)
{
  json_object *aspect = gms_json_member(proposal, "aspect", json_type_object);
  if (!aspect)
    return DH_OK;
  const char *content_type = gms_json_string(aspect, "contentType");
  json_object *value = gms_json_member(aspect, "value", json_type_string);
  if (!value)
    return gms_refuse(error, 400,
                      "Parameters of method are invalid: aspect.value of %s is "
                      "missing or no string",
                      change->urn);
  bool patch = content_type && !strcmp(content_type, "application/json-patch+json");
  if (!content_type || (strcmp(content_type, "application/json") && !patch))
    return gms_refuse(error, 400, "%s is not a supported content type: use application/json%s",
                      content_type ? content_type : "A missing contentType",
                      change->type == DH_PATCH ? "-patch+json" : "");
  if (patch && change->type != DH_PATCH)
    return gms_refuse(error, 400, "application/json-patch+json goes with changeType PATCH only");
  dh_error why;
  size_t size = 0;
  change->value = gms_bytes_decode(json_object_get_string(value),
                                   (size_t)json_object_get_string_len(value), &size, &why);
  if (change->value)
    change->parsed = gms_json_parse(change->value, size, &why);
  if (!change->parsed)
    return gms_refuse(error, 400, "Failed to parse aspect %s of %s: %s",
                      change->aspect ? change->aspect : "", change->urn, why.message);
  return DH_OK;
}

dh_status gms_change_read(gms_change *change, json_object *proposal, dh_error *error)
{
  const char *entity = gms_json_string(proposal, "entityType");
  const char *urn = gms_json_string(proposal, "entityUrn");
  const char *type = gms_json_string(proposal, "changeType");
  if (!entity || !type)
    return gms_refuse(error, 400, "Parameters of method are invalid: proposal has no %s",
                      entity ? "changeType" : "entityType");
  if (!urn)
    return gms_refuse(error, 400, "Parameters of method are invalid: proposal has no entityUrn");
  int change_type = dh_change_type_of(type, strlen(type));
  if (change_type < 0)
    return gms_refuse(error, 400, "Parameters of method are invalid: \"%s\" is no changeType",
                      type);
  change->type = (dh_change_type)change_type;
  dh_status status =
      copy_names(change, entity, urn, gms_json_string(proposal, "aspectName"), error);
  if (!status)
    status = check_names(change, error);
  if (!status)
    status = read_aspect(change, proposal, error);
  if (!status)
    status = check_kind(change, error);
  if (status)
    return status;
  change->system = json_object_get(gms_json_member(proposal, "systemMetadata", json_type_object));
  gms_change_headers(change, gms_json_member(proposal, "headers", json_type_object));
  return DH_OK;
}
