/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the model tables that only the reading of MCEs asks.
 */
#ifndef DH_METADATA_MODEL_H
#define DH_METADATA_MODEL_H

#include <stdbool.h>

/* The package of Pegasus records, and what their Avro twins put behind it. */
#define DH_PEGASUS_PREFIX "com.linkedin."
#define DH_AVRO_PREFIX "com.linkedin.pegasus2avro."

/* Whether a record or enum of this full name (no "pegasus2avro.") is one of several
 * branches of some union, so that its name must stay where it stands. */
bool dh_model_is_union_branch(const char *record);
/* Whether this field of an aspect record holds a union with primitive branches. */
bool dh_model_is_union_field(const char *aspect_record, const char *field);
/* Whether fields of this name are maps: what is in them is data, not a union's wrapper. */
bool dh_model_is_map(const char *field);

#endif
