/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON patches on aspects: each operation, keyed arrays, and what cannot be done.
 */
#include "dhub-gms/patch.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static const struct {
  const char *aspect, *before, *patch, *after; /* after NULL: refused */
} patches[] = {
    /* RFC 6902, appendix A, by kind */
    {"x", "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":2}]", "{\"a\":1,\"b\":2}"},
    {"x", "{\"a\":[1,3]}", "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":2}]", "{\"a\":[1,2,3]}"},
    {"x", "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/-\",\"value\":2}]", "{\"a\":[1,2]}"},
    {"x", "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":2}]", NULL},
    {"x", "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/01\",\"value\":2}]", NULL},
    {"x", "{\"a\":1,\"b\":2}", "[{\"op\":\"remove\",\"path\":\"/b\"}]", "{\"a\":1}"},
    {"x", "{\"a\":[1,2,3]}", "[{\"op\":\"remove\",\"path\":\"/a/1\"}]", "{\"a\":[1,3]}"},
    {"x", "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/b\"}]", "{\"a\":1}"},
    {"x", "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2}]", "{\"a\":2}"},
    {"x", "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":2}]", NULL},
    {"x", "{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/c\"}]",
     "{\"a\":{},\"c\":1}"},
    {"x", "{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]", "{\"a\":1,\"b\":1}"},
    {"x", "{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"/z\",\"path\":\"/b\"}]", NULL},
    {"x", "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]", "{\"a\":1}"},
    {"x", "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":\"1\"}]", NULL},
    {"x", "{\"a/b\":1,\"c~d\":2}",
     "[{\"op\":\"remove\",\"path\":\"/a~1b\"},{\"op\":\"remove\",\"path\":\"/c~0d\"}]", "{}"},
    {"x", "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"\",\"value\":{\"b\":2}}]", "{\"b\":2}"},
    {"x", "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"\",\"value\":3}]", NULL},
    {"x", "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"b\",\"value\":2}]", NULL},
    {"x", "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/~2\",\"value\":2}]", NULL},
    /* what is on the way is made */
    {"x", NULL, "[{\"op\":\"add\",\"path\":\"/customProperties/k\",\"value\":\"v\"}]",
     "{\"customProperties\":{\"k\":\"v\"}}"},
    /* arrays with keys that GMS knows */
    {"globalTags", "{\"tags\":[{\"tag\":\"a\"}]}",
     "[{\"op\":\"add\",\"path\":\"/tags/b\",\"value\":{\"tag\":\"b\"}}]",
     "{\"tags\":[{\"tag\":\"a\"},{\"tag\":\"b\"}]}"},
    {"globalTags", "{\"tags\":[{\"tag\":\"a\"}]}",
     "[{\"op\":\"add\",\"path\":\"/tags/a\",\"value\":{\"tag\":\"a\",\"context\":\"c\"}}]",
     "{\"tags\":[{\"tag\":\"a\",\"context\":\"c\"}]}"},
    {"ownership",
     "{\"owners\":[{\"owner\":\"u\",\"type\":\"A\"},{\"owner\":\"u\",\"type\":\"B\"}]}",
     "[{\"op\":\"remove\",\"path\":\"/owners/u/A\"}]",
     "{\"owners\":[{\"owner\":\"u\",\"type\":\"B\"}]}"},
    {"ownership", NULL, "[{\"op\":\"add\",\"path\":\"/owners/u/A\",\"value\":{}}]",
     "{\"owners\":[{\"type\":\"A\",\"owner\":\"u\"}]}"},
    {"dashboardInfo", NULL, "[{\"op\":\"add\",\"path\":\"/charts/c\",\"value\":\"c\"}]",
     "{\"charts\":[\"c\"]}"},
    {"globalTags", NULL, "[{\"op\":\"remove\",\"path\":\"/tags/a\"}]", "{}"},
    {"globalTags", "{\"tags\":[{\"tag\":\"a\"}]}",
     "[{\"op\":\"add\",\"path\":\"/tags\",\"value\":[{\"tag\":\"b\"}]}]",
     "{\"tags\":[{\"tag\":\"b\"}]}"},
    /* and with keys that the patch gives, nested ones too */
    {"x", "{\"l\":[{\"k\":\"1\"}]}",
     "{\"arrayPrimaryKeys\":{\"l\":[\"k\"]},\"patch\":[{\"op\":\"remove\",\"path\":\"/l/1\"}]}",
     "{\"l\":[]}"},
    {"globalTags", NULL,
     "{\"arrayPrimaryKeys\":{\"tags\":[\"attribution\xe2\x90\x9fsource\",\"tag\"]},\"patch\":[{"
     "\"op\":\"add\",\"path\":\"/tags//t\",\"value\":{\"tag\":\"t\"}}]}",
     "{\"tags\":[{\"tag\":\"t\"}]}"},
    /* lineage of columns */
    {"upstreamLineage", NULL,
     "[{\"op\":\"add\",\"path\":\"/fineGrainedLineages/NONE/urn:li:schemaField:(d,x)/NONE/"
     "urn:li:schemaField:(u,y)\",\"value\":{\"confidenceScore\":1.0}}]",
     "{\"fineGrainedLineages\":[{\"confidenceScore\":1.0,\"upstreams\":[\"urn:li:schemaField:(u,y)"
     "\"],\"downstreams\":[\"urn:li:schemaField:(d,x)\"],\"upstreamType\":\"FIELD_SET\","
     "\"downstreamType\":\"FIELD\"}]}"},
};

START_TEST(patch_is_applied)
{
  dh_error error = {0};
  json_object *before = patches[_i].before ? json_tokener_parse(patches[_i].before) : NULL;
  json_object *patch = json_tokener_parse(patches[_i].patch);
  ck_assert_int_eq(gms_patch_check(patch, &error), DH_OK);
  json_object *after = gms_patch_apply(patches[_i].aspect, before, patch, &error);
  if (!patches[_i].after) {
    ck_assert_msg(after == NULL, "%s became %s", patches[_i].patch, gms_json_text(after));
    ck_assert_int_eq(error.status, DH_MALFORMED);
  } else {
    json_object *wanted = json_tokener_parse(patches[_i].after);
    ck_assert_msg(after != NULL, "%s: %s", patches[_i].patch, error.message);
    ck_assert_msg(json_object_equal(after, wanted), "%s: %s", patches[_i].patch,
                  gms_json_text(after));
    json_object_put(wanted);
  }
  if (before) { /* what was there is not touched */
    json_object *same = json_tokener_parse(patches[_i].before);
    ck_assert(json_object_equal(before, same));
    json_object_put(same);
  }
  json_object_put(before);
  json_object_put(after);
  json_object_put(patch);
}
END_TEST

/* Lists that hold null, which no model allows and no map has as a key. */
START_TEST(null_in_a_lineage_is_left_out)
{
  static const char *const lineages[] = {"{\"upstreams\":[\"u\"],\"downstreams\":[null,\"d\"]}",
                                         "{\"upstreams\":[null,\"u\"],\"downstreams\":[\"d\"]}"};
  char text[256];
  dh_error error;
  json_object *patch = json_object_new_array();
  snprintf(text, sizeof(text), "{\"fineGrainedLineages\":[%s]}", lineages[_i]);
  json_object *before = json_tokener_parse(text);
  json_object *after = gms_patch_apply("upstreamLineage", before, patch, &error);
  ck_assert_ptr_nonnull(after);
  ck_assert_msg(strstr(gms_json_text(after), "\"upstreams\":[\"u\"],\"downstreams\":[\"d\"]"), "%s",
                gms_json_text(after));
  json_object_put(after);
  json_object_put(before);
  json_object_put(patch);
}
END_TEST

/* A patch of `count` times the operations `one` and then `other`, on {"a":{}}. */
static void grows_too_much(size_t count, const char *one, const char *other, const char *words)
{
  dh_error error;
  json_object *patch = json_object_new_array(), *before = json_tokener_parse("{\"a\":{}}");
  for (size_t i = 0; i < count; i++)
    json_object_array_add(patch, json_tokener_parse(i % 2 ? other : one));
  ck_assert_int_eq(gms_patch_check(patch, &error), DH_OK);
  ck_assert_ptr_null(gms_patch_apply("x", before, patch, &error));
  ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
  json_object_put(before);
  json_object_put(patch);
}

START_TEST(patch_that_doubles_what_is_there_is_refused)
{
  grows_too_much(100, "{\"op\":\"copy\",\"from\":\"\",\"path\":\"/b\"}",
                 "{\"op\":\"copy\",\"from\":\"\",\"path\":\"/c\"}", "copies too much");
}
END_TEST

START_TEST(patch_that_nests_what_is_there_is_refused)
{
  static const char words[] = "nested too deeply";
  grows_too_much(201, "{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a\"}",
                 "{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a\"}", words);
  grows_too_much(201, "{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b/x\"}",
                 "{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/a/x\"}", words);
}
END_TEST

static const char *const wrong[] = {
    "{}",
    "[1]",
    "[{\"op\":\"add\",\"path\":\"/a\"}]",
    "[{\"op\":\"add\",\"value\":1}]",
    "[{\"op\":\"put\",\"path\":\"/a\",\"value\":1}]",
    "[{\"op\":\"move\",\"path\":\"/a\"}]",
    "{\"arrayPrimaryKeys\":{\"a\":\"k\"},\"patch\":[]}",
    ("{\"arrayPrimaryKeys\":{\"a\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]},"
     "\"patch\":[]}"),
};

START_TEST(wrong_patch_is_refused)
{
  dh_error error;
  json_object *patch = json_tokener_parse(wrong[_i]);
  ck_assert_int_eq(gms_patch_check(patch, &error), DH_MALFORMED);
  json_object_put(patch);
}
END_TEST

static TCase *all_cases(void)
{
  TCase *tc = tcase_create("patch");
  tcase_add_loop_test(tc, patch_is_applied, 0, (int)(sizeof(patches) / sizeof(patches[0])));
  tcase_add_loop_test(tc, null_in_a_lineage_is_left_out, 0, 2);
  tcase_add_test(tc, patch_that_doubles_what_is_there_is_refused);
  tcase_add_test(tc, patch_that_nests_what_is_there_is_refused);
  tcase_add_loop_test(tc, wrong_patch_is_refused, 0, (int)(sizeof(wrong) / sizeof(wrong[0])));
  return tc;
}

SUITE("gms_patch", all_cases())
