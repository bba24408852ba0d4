/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A json-c tree written as GMS wants it: null members dropped at every depth, Avro's
 * names made Pegasus names, unions with aliases unfolded.
 */
#ifndef DH_METADATA_OUTGOING_H
#define DH_METADATA_OUTGOING_H

#include "base/buf.h"

#include <datahub/error.h>

struct json_object;

typedef enum dh_outgoing {
  DH_OUTGOING_AS_IS, /* a PATCH: a null within an operation is a value */
  DH_OUTGOING_MCP,   /* renamed where an object's only member is an Avro name */
  DH_OUTGOING_MCE    /* Avro: an optional field's wrapper is removed */
} dh_outgoing;

/* `aspect_record`: the Pegasus name of an MCE's aspect, else NULL. A failed allocation
 * shows in `out` alone. */
dh_status dh_outgoing_write(dh_buf *out, struct json_object *node, dh_outgoing how,
                            const char *aspect_record, dh_error *error);

#endif
