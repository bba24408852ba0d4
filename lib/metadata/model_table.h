/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DataHub's model in tables, each sorted by its first column: model_table.c is made of
 * the files in model/ by `make update-model`.
 */
#ifndef DH_METADATA_MODEL_TABLE_H
#define DH_METADATA_MODEL_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct dh_model_aspect {
  const char *name;
  const char *record; /* the Pegasus record's full name */
  int timeseries;
} dh_model_aspect;

typedef struct dh_model_entity {
  const char *type;
  const char *key_aspect;
  const char *const *aspects; /* the key aspect among them */
  size_t count;
} dh_model_entity;

typedef struct dh_model_snapshot {
  const char *record; /* without its package */
  const char *entity;
} dh_model_snapshot;

extern const dh_model_aspect dh_model_aspects[];
extern const size_t dh_model_aspects_count;
/* Indexes into dh_model_aspects, in the order of the record names. */
extern const uint16_t dh_model_by_record[];
extern const dh_model_entity dh_model_entities[];
extern const size_t dh_model_entities_count;
extern const dh_model_snapshot dh_model_snapshots[];
extern const size_t dh_model_snapshots_count;

/* What an MCE's Avro needs to be read without its schema: record and enum names that are
 * branches of true unions; "aspect record field" where a union has primitive branches;
 * names of fields that are maps. */
extern const char *const dh_model_union_branches[];
extern const size_t dh_model_union_branches_count;
extern const char *const dh_model_union_fields[];
extern const size_t dh_model_union_fields_count;
extern const char *const dh_model_maps[];
extern const size_t dh_model_maps_count;

#endif
