/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way into the store: changes, checked against the model and applied all or none.
 */
#ifndef GMS_INGEST_H
#define GMS_INGEST_H

#include "server.h"

#include <datahub/metadata.h>

/* One change on its way in. */
typedef struct gms_change {
  dh_change_type type;
  char *entity;
  char *urn;
  char *aspect;
  char *value;         /* JSON text: the aspect, or the patch */
  json_object *parsed; /* the same as a tree */
  json_object *system; /* systemMetadata, or NULL */
  bool quietly;        /* CREATE of what is there: skipped, not refused (If-None-Match: *) */
} gms_change;

/* Zeroed with its count known; freed with all that is in it. */
typedef struct gms_changes {
  gms_change *items;
  size_t count;
} gms_changes;
dh_status gms_changes_init(gms_changes *changes, size_t count, dh_error *error);
void gms_changes_clear(gms_changes *changes);

/* Reads a proposal of the Rest.li form. On an error `error` has its HTTP status. */
dh_status gms_change_read(gms_change *change, json_object *proposal, dh_error *error);
/* Takes what `If-None-Match: *` among an MCP's or a request's headers asks for. */
void gms_change_headers(gms_change *change, json_object *headers);
/* Fills it; `value` and `system` gain a reference, the text is copied. */
dh_status gms_change_set(gms_change *change, dh_change_type type, const char *entity,
                         const char *urn, const char *aspect, json_object *value,
                         json_object *system, dh_error *error);

/* Checks and applies. 403 where the caller may not, 422 or 400 where one is refused. */
dh_status gms_ingest(gms_request *request, gms_changes *changes, dh_error *error);
/* The same for what the server writes itself: no privilege is asked for. */
dh_status gms_ingest_trusted(gms_request *request, gms_changes *changes, dh_error *error);

/* Whether the actor may write the entity of that URN. */
bool gms_may_write_urn(gms_request *request, const char *urn);

/* An error with its HTTP status. */
dh_status gms_refuse(dh_error *error, int http_status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
