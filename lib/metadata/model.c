/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/model.h"

#include "metadata/model_table.h"

#include <datahub/metadata.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_aspect(const void *name, const void *row)
{
  return strcmp(name, ((const dh_model_aspect *)row)->name);
}

static int compare_record(const void *record, const void *index)
{
  return strcmp(record, dh_model_aspects[*(const uint16_t *)index].record);
}

static int compare_entity(const void *type, const void *row)
{
  return strcmp(type, ((const dh_model_entity *)row)->type);
}

static int compare_snapshot(const void *record, const void *row)
{
  return strcmp(record, ((const dh_model_snapshot *)row)->record);
}

static int compare_word(const void *word, const void *row)
{
  return strcmp(word, *(const char *const *)row);
}

static bool has_word(const char *word, const char *const *words, size_t count)
{
  return bsearch(word, words, count, sizeof(*words), compare_word) != NULL;
}

static const dh_model_aspect *aspect_of(const char *name)
{
  return bsearch(name, dh_model_aspects, dh_model_aspects_count, sizeof(dh_model_aspects[0]),
                 compare_aspect);
}

static const dh_model_entity *entity_of(const char *type)
{
  return bsearch(type, dh_model_entities, dh_model_entities_count, sizeof(dh_model_entities[0]),
                 compare_entity);
}

/* The Pegasus name of a record that may be named as its Avro twin: a copy in `scratch`
 * where it must change, NULL where that is too small (no such record then). */
static const char *pegasus_name(const char *record, char *scratch, size_t size)
{
  size_t prefix = sizeof(DH_AVRO_PREFIX) - 1;
  if (strncmp(record, DH_AVRO_PREFIX, prefix))
    return record;
  int n = snprintf(scratch, size, DH_PEGASUS_PREFIX "%s", record + prefix);
  return n > 0 && (size_t)n < size ? scratch : NULL;
}

const char *dh_model_aspect_of_record(const char *record)
{
  char scratch[192];
  const char *name = pegasus_name(record, scratch, sizeof(scratch));
  const uint16_t *index = name ? bsearch(name, dh_model_by_record, dh_model_aspects_count,
                                         sizeof(dh_model_by_record[0]), compare_record)
                               : NULL;
  return index ? dh_model_aspects[*index].name : NULL;
}

const char *dh_model_record_of_aspect(const char *aspect_name)
{
  const dh_model_aspect *aspect = aspect_of(aspect_name);
  return aspect ? aspect->record : NULL;
}

int dh_model_is_timeseries(const char *aspect_name)
{
  const dh_model_aspect *aspect = aspect_of(aspect_name);
  return aspect ? aspect->timeseries : -1;
}

int dh_model_has_entity(const char *entity_type)
{
  return entity_of(entity_type) != NULL;
}

int dh_model_entity_has_aspect(const char *entity_type, const char *aspect_name)
{
  const dh_model_entity *entity = entity_of(entity_type);
  return entity && has_word(aspect_name, entity->aspects, entity->count);
}

const char *dh_model_key_aspect(const char *entity_type)
{
  const dh_model_entity *entity = entity_of(entity_type);
  return entity ? entity->key_aspect : NULL;
}

const char *dh_model_entity_of_snapshot(const char *record)
{
  static const char package[] = DH_PEGASUS_PREFIX "metadata.snapshot.";
  char scratch[192];
  const char *name = pegasus_name(record, scratch, sizeof(scratch));
  if (!name)
    return NULL;
  if (!strncmp(name, package, sizeof(package) - 1))
    name += sizeof(package) - 1;
  const dh_model_snapshot *snapshot = bsearch(name, dh_model_snapshots, dh_model_snapshots_count,
                                              sizeof(dh_model_snapshots[0]), compare_snapshot);
  return snapshot ? snapshot->entity : NULL;
}

const char *dh_model_snapshot_of_entity(const char *entity_type)
{
  for (size_t i = 0; i < dh_model_snapshots_count; i++)
    if (!strcmp(dh_model_snapshots[i].entity, entity_type))
      return dh_model_snapshots[i].record;
  return NULL;
}

bool dh_model_is_union_branch(const char *record)
{
  return has_word(record, dh_model_union_branches, dh_model_union_branches_count);
}

bool dh_model_is_union_field(const char *aspect_record, const char *field)
{
  char key[256];
  int n = snprintf(key, sizeof(key), "%s %s", aspect_record, field);
  return n > 0 && (size_t)n < sizeof(key) &&
         has_word(key, dh_model_union_fields, dh_model_union_fields_count);
}

bool dh_model_is_map(const char *field)
{
  return has_word(field, dh_model_maps, dh_model_maps_count);
}

static const char *const change_types[] = {"UPSERT", "CREATE", "CREATE_ENTITY", "UPDATE",
                                           "DELETE", "PATCH",  "RESTATE"};

const char *dh_change_type_name(dh_change_type type)
{
  size_t index = (size_t)type;
  return index < sizeof(change_types) / sizeof(change_types[0]) ? change_types[index] : NULL;
}

int dh_change_type_of(const char *name, size_t size)
{
  for (size_t i = 0; i < sizeof(change_types) / sizeof(change_types[0]); i++)
    if (strlen(change_types[i]) == size && !memcmp(change_types[i], name, size))
      return (int)i;
  return -1;
}
