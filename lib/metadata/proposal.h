/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proposal in parts, and the bytes that they make. Both the builder and the reading of
 * trees end here; the fast path writes the same bytes without the parts.
 */
#ifndef DH_METADATA_PROPOSAL_H
#define DH_METADATA_PROPOSAL_H

#include "base/buf.h"
#include "metadata/outgoing.h"

#include <datahub/metadata.h>

#include <stdint.h>

#define DH_JSON_TYPE "application/json"
#define DH_JSON_PATCH_TYPE "application/json-patch+json"
#define DH_NO_RUN_ID "no-run-id-provided"
#define DH_EMIT_MODE_MARKER "emitModeMarker"

/* A stretch of a buffer that may yet move. */
typedef struct dh_span {
  size_t at; /* DH_NOWHERE: absent */
  size_t size;
} dh_span;
#define DH_NOWHERE SIZE_MAX

/* A dh_record whose buffer is still growing. */
typedef struct dh_record_spans {
  dh_change_type change_type;
  uint32_t flags;
  dh_span proposal, entity_type, urn, aspect_name, content_type, system_metadata, headers;
} dh_record_spans;

void dh_record_resolve(const dh_record_spans *spans, const char *base, dh_record *record);

/* Everything is borrowed. */
typedef struct dh_proposal {
  const char *entity_type; /* NULL: taken from the URN */
  const char *urn;
  size_t urn_size;
  dh_change_type change_type;
  const char *aspect_name;
  bool has_aspect;
  struct json_object *aspect; /* NULL where `value` is used */
  const char *value;          /* the aspect's text as it is, for a content type not JSON */
  size_t value_size;
  const char *content_type; /* NULL: as the change type asks */
  dh_outgoing how;          /* for an aspect that is no patch */
  const char *aspect_record;
  struct json_object *audit_header;
  struct json_object *system_metadata; /* NULL: only defaults */
  struct json_object *headers;         /* NULL: none */
} dh_proposal;

/*
 * Checks the parts and appends the proposal. DH_MALFORMED says what is wrong in words
 * that follow "record N: "; then nothing is appended.
 */
dh_status dh_proposal_write(const dh_proposal *proposal, const dh_wire_options *options,
                            dh_buf *out, dh_record_spans *spans, dh_error *error);

/* The systemMetadata of a record, with what is missing filled in. */
dh_status dh_system_metadata_write(struct json_object *metadata, const dh_wire_options *options,
                                   dh_buf *out, uint32_t *flags, dh_error *error);

#endif
