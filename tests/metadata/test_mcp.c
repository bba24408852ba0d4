/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The builder, and the form of files that its records are written back to.
 */
#include "metadata/outcome.h"

#include <datahub/metadata.h>

#include "suite.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#define URN "urn:li:dataset:(urn:li:dataPlatform:hive,t,PROD)"
#define DEFAULTS "\"systemMetadata\":{\"lastObserved\":7,\"lastRunId\":\"no-run-id-provided\","

static const dh_wire_options plain = {.struct_size = sizeof(plain), .now_ms = 7};

/* Frees the MCP; its wire form in `wire`, to be freed by tidy(). */
typedef struct wire {
  char *buffer;
  size_t size, capacity;
  dh_record record;
  dh_status status;
  dh_error error;
} wire;

static wire to_wire(dh_mcp *mcp, const dh_wire_options *options)
{
  wire w = {NULL, 0, 0, {0}, DH_OK, {0}};
  ck_assert_ptr_nonnull(mcp);
  w.status = dh_mcp_to_wire(mcp, options, &w.buffer, &w.size, &w.capacity, &w.record, &w.error);
  dh_mcp_free(mcp);
  return w;
}

static void tidy(wire *w)
{
  free(w->buffer);
}

static dh_mcp *status_mcp(void)
{
  dh_error error;
  dh_mcp *mcp = dh_mcp_new(NULL, URN, "status", &error);
  ck_assert_msg(mcp != NULL, "%s", error.message);
  ck_assert_int_eq(dh_mcp_set_aspect_json(mcp, "{\"removed\":false}", 17, &error), DH_OK);
  return mcp;
}

static void assert_slice(dh_slice slice, const char *text)
{
  ck_assert_uint_eq(slice.len, strlen(text));
  ck_assert_int_eq(memcmp(slice.ptr, text, slice.len), 0);
}

static void assert_proposal(const wire *w, const char *expected)
{
  ck_assert_msg(w->status == DH_OK, "%s", w->error.message);
  char *canonical = outcome_canonical(w->record.proposal.ptr, w->record.proposal.len);
  ck_assert_str_eq(canonical, expected);
  free(canonical);
}

START_TEST(an_upsert_is_written)
{
  wire w = to_wire(status_mcp(), &plain);
  assert_proposal(&w, "{\"aspect\":{\"contentType\":\"application/json\",\"value\":{\"removed\":"
                      "false}},\"aspectName\":\"status\",\"changeType\":\"UPSERT\","
                      "\"entityType\":\"dataset\",\"entityUrn\":\"" URN "\"," DEFAULTS
                      "\"runId\":\"no-run-id-provided\"}}");
  tidy(&w);
}
END_TEST

START_TEST(its_parts_are_slices)
{
  wire w = to_wire(status_mcp(), &plain);
  assert_slice(w.record.entity_type, "dataset");
  assert_slice(w.record.urn, URN);
  assert_slice(w.record.aspect_name, "status");
  assert_slice(w.record.content_type, "application/json");
  ck_assert_ptr_null(w.record.headers.ptr);
  ck_assert_uint_eq(w.record.struct_size, sizeof(dh_record));
  tidy(&w);
}
END_TEST

START_TEST(a_urn_with_a_quote_is_unescaped_in_its_slice)
{
  dh_error error;
  dh_mcp *mcp = dh_mcp_new("tag", "urn:li:tag:a\"b", "status", &error);
  ck_assert_int_eq(dh_mcp_set_aspect_json(mcp, "{}", 2, &error), DH_OK);
  wire w = to_wire(mcp, &plain);
  assert_slice(w.record.urn, "urn:li:tag:a\"b");
  ck_assert_ptr_nonnull(memmem(w.record.proposal.ptr, w.record.proposal.len, "tag:a\\\"b", 8));
  tidy(&w);
}
END_TEST

START_TEST(the_options_are_put_in)
{
  dh_wire_options options = {.struct_size = sizeof(options),
                             .now_ms = 7,
                             .run_id = "run",
                             .client_id = "me",
                             .client_version = "1"};
  wire w = to_wire(status_mcp(), &options);
  char *metadata = outcome_canonical(w.record.system_metadata.ptr, w.record.system_metadata.len);
  ck_assert_str_eq(metadata, "{\"lastObserved\":7,\"lastRunId\":\"no-run-id-provided\","
                             "\"properties\":{\"clientId\":\"me\",\"clientVersion\":\"1\"},"
                             "\"runId\":\"run\"}");
  free(metadata);
  tidy(&w);
}
END_TEST

START_TEST(system_metadata_and_headers_are_kept)
{
  static const char metadata[] = "{\"lastObserved\":5,\"runId\":\"mine\"}";
  static const char headers[] = "{\"If-None-Match\":\"*\"}";
  dh_mcp *mcp = status_mcp();
  ck_assert_int_eq(dh_mcp_set_system_metadata(mcp, metadata, sizeof(metadata) - 1, NULL), DH_OK);
  ck_assert_int_eq(dh_mcp_set_headers(mcp, headers, sizeof(headers) - 1, NULL), DH_OK);
  wire w = to_wire(mcp, &plain);
  assert_slice(w.record.headers, headers);
  ck_assert_ptr_nonnull(
      memmem(w.record.system_metadata.ptr, w.record.system_metadata.len, "\"lastObserved\":5", 16));
  tidy(&w);
}
END_TEST

START_TEST(a_patch_has_its_content_type)
{
  static const char patch[] = "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null}]";
  dh_mcp *mcp = dh_mcp_new(NULL, URN, "globalTags", NULL);
  ck_assert_int_eq(dh_mcp_set_change_type(mcp, DH_PATCH, NULL), DH_OK);
  ck_assert_int_eq(dh_mcp_set_aspect_json(mcp, patch, sizeof(patch) - 1, NULL), DH_OK);
  wire w = to_wire(mcp, &plain);
  assert_slice(w.record.content_type, "application/json-patch+json");
  ck_assert_int_eq(w.record.change_type, DH_PATCH);
  tidy(&w);
}
END_TEST

START_TEST(a_delete_needs_no_aspect)
{
  dh_mcp *mcp = dh_mcp_new(NULL, URN, "datasetKey", NULL);
  ck_assert_int_eq(dh_mcp_set_change_type(mcp, DH_DELETE, NULL), DH_OK);
  wire w = to_wire(mcp, &plain);
  ck_assert_int_eq(w.status, DH_OK);
  ck_assert_ptr_null(memmem(w.record.proposal.ptr, w.record.proposal.len, "\"aspect\"", 8));
  tidy(&w);
}
END_TEST

START_TEST(an_upsert_without_aspect_is_refused)
{
  wire w = to_wire(dh_mcp_new(NULL, URN, "status", NULL), &plain);
  ck_assert_int_eq(w.status, DH_MALFORMED);
  ck_assert_ptr_nonnull(strstr(w.error.message, "no aspect"));
  ck_assert_uint_eq(w.size, 0);
  tidy(&w);
}
END_TEST

START_TEST(a_tree_is_taken_as_its_text)
{
  struct json_object *tree = json_object_new_object();
  json_object_object_add(tree, "removed", json_object_new_boolean(1));
  json_object_object_add(tree, "gone", NULL);
  dh_mcp *mcp = dh_mcp_new(NULL, URN, "status", NULL);
  ck_assert_int_eq(dh_mcp_set_aspect(mcp, tree, NULL), DH_OK);
  json_object_put(tree);
  wire w = to_wire(mcp, &plain);
  ck_assert_ptr_nonnull(
      memmem(w.record.proposal.ptr, w.record.proposal.len, "\"{\\\"removed\\\":true}\"", 20));
  tidy(&w);
}
END_TEST

START_TEST(a_tree_that_is_no_json_is_refused)
{
  struct json_object *tree = json_object_new_object();
  json_object_object_add(tree, "x", json_object_new_string("\xff"));
  dh_mcp *mcp = dh_mcp_new(NULL, URN, "status", NULL);
  ck_assert_int_eq(dh_mcp_set_aspect(mcp, tree, NULL), DH_MALFORMED);
  json_object_put(tree);
  dh_mcp_free(mcp);
}
END_TEST

START_TEST(records_follow_one_another_in_a_buffer)
{
  wire w = to_wire(status_mcp(), &plain);
  size_t first = w.size;
  dh_mcp *mcp = status_mcp();
  ck_assert_int_eq(
      dh_mcp_to_wire(mcp, &plain, &w.buffer, &w.size, &w.capacity, &w.record, &w.error), DH_OK);
  ck_assert_ptr_eq(w.record.proposal.ptr, w.buffer + first);
  dh_mcp_free(mcp);
  tidy(&w);
}
END_TEST

static const struct {
  const char *entity_type, *urn, *aspect, *message;
} refused[] = {
    {NULL, NULL, "status", "needs a URN"},
    {NULL, URN, NULL, "needs an aspect name"},
    {NULL, URN, "", "needs an aspect name"},
    {NULL, "urn:li:dataset:(", "status", "malformed"},
    {"tag", URN, "status", "the entity type is \"tag\""},
};

START_TEST(a_wrong_mcp_is_not_made)
{
  dh_error error;
  ck_assert_ptr_null(
      dh_mcp_new(refused[_i].entity_type, refused[_i].urn, refused[_i].aspect, &error));
  ck_assert_int_eq(error.status, DH_MALFORMED);
  ck_assert_ptr_nonnull(strstr(error.message, refused[_i].message));
}
END_TEST

static const struct {
  const char *json, *message;
} bad_aspects[] = {
    {"", "at byte 0: the input ends"},
    {"{\"a\":}", "at byte 5: '}' where a JSON value was expected"},
    {"7", "must be a JSON object"},
    {"{} {}", "at byte 3: text after the end"},
};

START_TEST(a_wrong_aspect_is_refused_and_the_old_one_kept)
{
  dh_error error;
  dh_mcp *mcp = status_mcp();
  const char *json = bad_aspects[_i].json;
  ck_assert_int_eq(dh_mcp_set_aspect_json(mcp, json, strlen(json), &error), DH_MALFORMED);
  ck_assert_ptr_nonnull(strstr(error.message, bad_aspects[_i].message));
  wire w = to_wire(mcp, &plain);
  ck_assert_ptr_nonnull(memmem(w.record.proposal.ptr, w.record.proposal.len, "removed", 7));
  tidy(&w);
}
END_TEST

START_TEST(an_unknown_change_type_is_refused)
{
  dh_mcp *mcp = status_mcp();
  ck_assert_int_eq(dh_mcp_set_change_type(mcp, (dh_change_type)99, NULL), DH_MALFORMED);
  dh_mcp_free(mcp);
}
END_TEST

/* --- the form of files --------------------------------------------------- */

static char *file_form(const dh_record *record)
{
  char *text = NULL;
  size_t size = 0, capacity = 0;
  dh_error error;
  ck_assert_int_eq(dh_record_to_file_form(record, &text, &size, &capacity, &error), DH_OK);
  text = realloc(text, size + 1);
  text[size] = '\0';
  return text;
}

START_TEST(the_file_form_is_that_of_the_file_sink)
{
  wire w = to_wire(status_mcp(), &plain);
  char *text = file_form(&w.record);
  ck_assert_str_eq(text, "{\"entityType\":\"dataset\",\"entityUrn\":\"" URN "\","
                         "\"changeType\":\"UPSERT\",\"aspectName\":\"status\","
                         "\"aspect\":{\"json\":{\"removed\":false}},"
                         "\"systemMetadata\":{\"lastObserved\":7,\"runId\":\"no-run-id-provided\","
                         "\"lastRunId\":\"no-run-id-provided\"}}");
  free(text);
  tidy(&w);
}
END_TEST

/* All that the samples of the tests come to, written as a file, comes to the same again. */
static const char *const samples[] = {
    "cases/patch.json",   "cases/value.json", "cases/metadata.json",  "cases/simple.json",
    "cases/numbers.json", "cases/mce.json",   "samples/mcp/mcps.json"};

typedef struct input {
  FILE *file;
} input;

static int64_t read_input(void *arg, void *bytes, size_t size)
{
  return (int64_t)fread(bytes, 1, size, ((input *)arg)->file);
}

/* The proposals of a reader, canonical; with `files` their file form instead. */
static char *proposals_of(dh_read_fn read, void *arg, bool files)
{
  static dh_record records[64];
  dh_error error;
  dh_reader *reader = dh_reader_open(read, arg, "sample", 0, &error);
  dh_input_record in = {.struct_size = sizeof(in)};
  char *buffer = NULL, *text = calloc(1, 1);
  size_t size = 0, capacity = 0, count, length = 0;
  while (dh_reader_next(reader, &plain, &in, &buffer, &size, &capacity, records, 64, &count,
                        &error) == DH_READ_RECORD) {
    for (size_t i = 0; i < count; i++) {
      char *line = files ? file_form(&records[i])
                         : outcome_canonical(records[i].proposal.ptr, records[i].proposal.len);
      text = realloc(text, length + strlen(line) + 2);
      length += (size_t)sprintf(text + length, "%s\n", line);
      free(line);
    }
    size = 0;
  }
  free(buffer);
  dh_reader_close(reader);
  return text;
}

static char *proposals_of_file(const char *name, bool files)
{
  char path[4096];
  snprintf(path, sizeof(path), SRCDIR "/tests/data/metadata/%s", name);
  input in = {fopen(path, "rb")};
  ck_assert_ptr_nonnull(in.file);
  char *text = proposals_of(read_input, &in, files);
  fclose(in.file);
  return text;
}

START_TEST(the_file_form_reads_back_the_same)
{
  char *wire_text = proposals_of_file(samples[_i], false);
  char *file_text = proposals_of_file(samples[_i], true);
  input again = {fmemopen(file_text, strlen(file_text), "rb")};
  char *back = proposals_of(read_input, &again, false);
  fclose(again.file);
  ck_assert_uint_gt(strlen(wire_text), 0);
  ck_assert_str_eq(back, wire_text);
  free(back);
  free(file_text);
  free(wire_text);
}
END_TEST

static TCase *case_mcp(void)
{
  TCase *t = tcase_create("mcp");
  tcase_add_test(t, an_upsert_is_written);
  tcase_add_test(t, its_parts_are_slices);
  tcase_add_test(t, a_urn_with_a_quote_is_unescaped_in_its_slice);
  tcase_add_test(t, the_options_are_put_in);
  tcase_add_test(t, system_metadata_and_headers_are_kept);
  tcase_add_test(t, a_patch_has_its_content_type);
  tcase_add_test(t, a_delete_needs_no_aspect);
  tcase_add_test(t, an_upsert_without_aspect_is_refused);
  tcase_add_test(t, a_tree_is_taken_as_its_text);
  tcase_add_test(t, a_tree_that_is_no_json_is_refused);
  tcase_add_test(t, records_follow_one_another_in_a_buffer);
  tcase_add_loop_test(t, a_wrong_mcp_is_not_made, 0, sizeof(refused) / sizeof(refused[0]));
  tcase_add_loop_test(t, a_wrong_aspect_is_refused_and_the_old_one_kept, 0,
                      sizeof(bad_aspects) / sizeof(bad_aspects[0]));
  tcase_add_test(t, an_unknown_change_type_is_refused);
  return t;
}

static TCase *case_file_form(void)
{
  TCase *t = tcase_create("file form");
  tcase_add_test(t, the_file_form_is_that_of_the_file_sink);
  tcase_add_loop_test(t, the_file_form_reads_back_the_same, 0,
                      sizeof(samples) / sizeof(samples[0]));
  return t;
}

SUITE("mcp", case_mcp(), case_file_form())
