/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The committed table says what the files that it was made of say, no more and no less.
 */
#include "metadata/model.h"
#include "metadata/model_table.h"

#include <datahub/metadata.h>

#include "suite.h"

#include <stdio.h>
#include <string.h>

#define MODEL SRCDIR "/lib/metadata/model/"

typedef struct row {
  char line[8192];
  char *column[3];
} row;

/* The next row of a table; false at its end. */
static bool next_row(FILE *file, row *r)
{
  while (fgets(r->line, sizeof(r->line), file)) {
    r->line[strcspn(r->line, "\n")] = '\0';
    if (r->line[0] == '#' || !r->line[0])
      continue;
    char *rest = r->line;
    for (size_t i = 0; i < 3; i++)
      r->column[i] = rest ? strsep(&rest, "\t") : NULL;
    return true;
  }
  return false;
}

static FILE *open_table(const char *path)
{
  FILE *file = fopen(path, "r");
  ck_assert_msg(file != NULL, "%s", path);
  return file;
}

START_TEST(every_aspect_of_the_file_is_in_the_table)
{
  row r;
  size_t count = 0;
  FILE *file = open_table(MODEL "aspects.tsv");
  for (; next_row(file, &r); count++) {
    ck_assert_str_eq(dh_model_aspect_of_record(r.column[0]), r.column[1]);
    ck_assert_str_eq(dh_model_record_of_aspect(r.column[1]), r.column[0]);
    ck_assert_int_eq(dh_model_is_timeseries(r.column[1]), !strcmp(r.column[2], "timeseries"));
  }
  fclose(file);
  ck_assert_uint_eq(count, dh_model_aspects_count);
}
END_TEST

START_TEST(every_entity_of_the_file_is_in_the_table)
{
  row r;
  size_t count = 0;
  FILE *file = open_table(MODEL "entities.tsv");
  for (; next_row(file, &r); count++) {
    size_t aspects = 1;
    ck_assert_int_eq(dh_model_has_entity(r.column[0]), 1);
    ck_assert_str_eq(dh_model_key_aspect(r.column[0]), r.column[1]);
    ck_assert_int_eq(dh_model_entity_has_aspect(r.column[0], r.column[1]), 1);
    char *rest = r.column[2], *aspect;
    while ((aspect = strsep(&rest, ",")) != NULL && *aspect) {
      ck_assert_msg(dh_model_entity_has_aspect(r.column[0], aspect), "%s", aspect);
      aspects++;
    }
    ck_assert_uint_eq(aspects, dh_model_entities[count].count);
  }
  fclose(file);
  ck_assert_uint_eq(count, dh_model_entities_count);
}
END_TEST

START_TEST(every_snapshot_of_the_file_is_in_the_table)
{
  row r;
  size_t count = 0;
  FILE *file = open_table(MODEL "snapshots.tsv");
  for (; next_row(file, &r); count++) {
    ck_assert_str_eq(dh_model_entity_of_snapshot(r.column[0]), r.column[1]);
    ck_assert_str_eq(dh_model_snapshot_of_entity(r.column[1]), r.column[0]);
  }
  fclose(file);
  ck_assert_uint_eq(count, dh_model_snapshots_count);
}
END_TEST

START_TEST(every_union_and_map_of_the_file_is_in_the_table)
{
  row r;
  size_t count = 0;
  FILE *file = open_table(MODEL "unions.tsv");
  for (; next_row(file, &r); count++) {
    if (!strcmp(r.column[0], "branch"))
      ck_assert_msg(dh_model_is_union_branch(r.column[1]), "%s", r.column[1]);
    else if (!strcmp(r.column[0], "map"))
      ck_assert_msg(dh_model_is_map(r.column[1]), "%s", r.column[1]);
    else
      ck_assert_msg(dh_model_is_union_field(r.column[2], r.column[1]), "%s", r.column[1]);
  }
  fclose(file);
  ck_assert_uint_eq(count, dh_model_union_branches_count + dh_model_union_fields_count +
                               dh_model_maps_count);
}
END_TEST

START_TEST(avro_names_are_understood)
{
  ck_assert_str_eq(dh_model_aspect_of_record("com.linkedin.pegasus2avro.common.Status"), "status");
  ck_assert_str_eq(
      dh_model_entity_of_snapshot("com.linkedin.pegasus2avro.metadata.snapshot.DatasetSnapshot"),
      "dataset");
}
END_TEST

START_TEST(what_is_not_in_the_model_is_nothing)
{
  ck_assert_ptr_null(dh_model_aspect_of_record("com.linkedin.common.Nothing"));
  ck_assert_ptr_null(dh_model_record_of_aspect("nothing"));
  ck_assert_int_eq(dh_model_is_timeseries("nothing"), -1);
  ck_assert_int_eq(dh_model_has_entity("nothing"), 0);
  ck_assert_int_eq(dh_model_entity_has_aspect("tag", "schemaMetadata"), 0);
  ck_assert_int_eq(dh_model_entity_has_aspect("nothing", "status"), 0);
  ck_assert_ptr_null(dh_model_key_aspect("nothing"));
  ck_assert_ptr_null(dh_model_entity_of_snapshot("NothingSnapshot"));
  ck_assert_ptr_null(dh_model_snapshot_of_entity("nothing"));
}
END_TEST

START_TEST(change_types_have_names_both_ways)
{
  for (int type = DH_UPSERT; type <= DH_RESTATE; type++) {
    const char *name = dh_change_type_name((dh_change_type)type);
    ck_assert_int_eq(dh_change_type_of(name, strlen(name)), type);
  }
  ck_assert_ptr_null(dh_change_type_name((dh_change_type)7));
  ck_assert_int_eq(dh_change_type_of("upsert", 6), -1);
  ck_assert_int_eq(dh_change_type_of("UPSERTED", 8), -1);
}
END_TEST

static TCase *case_model(void)
{
  TCase *t = tcase_create("model");
  tcase_add_test(t, every_aspect_of_the_file_is_in_the_table);
  tcase_add_test(t, every_entity_of_the_file_is_in_the_table);
  tcase_add_test(t, every_snapshot_of_the_file_is_in_the_table);
  tcase_add_test(t, every_union_and_map_of_the_file_is_in_the_table);
  tcase_add_test(t, avro_names_are_understood);
  tcase_add_test(t, what_is_not_in_the_model_is_nothing);
  tcase_add_test(t, change_types_have_names_both_ways);
  return t;
}

SUITE("model", case_model())
