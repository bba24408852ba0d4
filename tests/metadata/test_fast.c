/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bulk path against trees: over whole files, over each cut and each spoilt byte of a
 * record, and over strings at every alignment. test_fast_portable is the same program
 * with the loops of machines without SSE2.
 */
#include "metadata/fast.h"
#include "metadata/files.h"
#include "metadata/outcome.h"
#include "metadata/reader.h"
#include "metadata/window.h"

#include "suite.h"

static void compare_for(const char *client, const char *bytes, size_t size, size_t chunk,
                        const char *what)
{
  char *fast = outcome_of(bytes, size, (outcome_how){.chunk = chunk, .client = client});
  char *trees = outcome_of(bytes, size, (outcome_how){.trees = true, .client = client});
  ck_assert_msg(!strcmp(fast, trees), "%s: the bulk path came to\n%s\ntrees to\n%s", what, fast,
                trees);
  free(fast);
  free(trees);
}

/* A tail is kept only where the client's name needs no escapes. */
static void compare(const char *bytes, size_t size, size_t chunk, const char *what)
{
  compare_for("plain", bytes, size, chunk, what);
  compare_for("a\"b", bytes, size, chunk, what);
}

static void compare_file(const char *path)
{
  size_t size;
  char *bytes = read_file(path, &size);
  compare(bytes, size, 0, path);
  compare(bytes, size, 4093, path);
  free(bytes);
}

START_TEST(each_sample_means_the_same)
{
  ck_assert_int_gt(each_file(SRCDIR "/tests/data/metadata/samples/mcp", ".json", compare_file), 0);
  ck_assert_int_gt(each_file(SRCDIR "/tests/data/metadata/samples/mce", ".json", compare_file), 0);
  ck_assert_int_gt(each_file(SRCDIR "/tests/data/metadata/cases", ".json", compare_file), 1);
}
END_TEST

START_TEST(all_real_metadata_means_the_same)
{
  static const char *const folders[] = {"mcp", "mce"};
  const char *folder = shared_data(folders[_i]);
  if (!*folder) {
    fprintf(stderr, "test_fast: skipped: no real metadata (DH_SHARED_DATA, ../shared/data)\n");
    return;
  }
  ck_assert_int_gt(each_file(folder, ".json", compare_file), 1);
}
END_TEST

/* --- files made at random -------------------------------------------------- */

/* One that writes records as a program would: mostly alike, now and then not, seldom wrong. */
typedef struct maker {
  dh_buf text;
  uint64_t dice;
  unsigned style; /* of white space */
  bool wrong;     /* it makes faults */
  /* What stays for a while, as in a file of one run. */
  unsigned urn, run, order;
  uint64_t time;
} maker;

static unsigned roll(maker *m, unsigned sides)
{
  m->dice ^= m->dice << 13;
  m->dice ^= m->dice >> 7;
  m->dice ^= m->dice << 17;
  return (unsigned)(m->dice % sides);
}

static void make_fault(maker *m)
{
  static const char faults[] = ",:{}[]\"x\\\n 0";
  if (m->wrong && !roll(m, 400))
    dh_buf_addc(&m->text, faults[roll(m, sizeof(faults) - 1)]);
}

static void make_comma(maker *m, bool due)
{
  if (due && !(m->wrong && !roll(m, 150)))
    dh_buf_addc(&m->text, ',');
}

static void make_space(maker *m, unsigned depth)
{
  static const char *const odd[] = {" ", "\n", "\r\n", "\t", "", "  \n\n   \t "};
  make_fault(m);
  if (!roll(m, 60)) {
    dh_buf_adds(&m->text, odd[roll(m, sizeof(odd) / sizeof(odd[0]))]);
  } else if (m->style) {
    dh_buf_addc(&m->text, '\n');
    for (unsigned i = 0; i < depth * m->style; i++)
      dh_buf_addc(&m->text, ' ');
  }
}

static void make_string(maker *m)
{
  static const char *const parts[] = {"a",
                                      "value",
                                      "urn:li:corpuser:b",
                                      "\\n",
                                      "\\\"",
                                      "\\u00e9",
                                      "\xc3\xa9",
                                      "\xe2\x82\xac",
                                      "\\ud83d\\ude00",
                                      " ",
                                      "a text that is longer than one step of the scanner has"};
  dh_buf_addc(&m->text, '"');
  for (unsigned n = roll(m, 4); n; n--)
    dh_buf_adds(&m->text, parts[roll(m, sizeof(parts) / sizeof(parts[0]))]);
  dh_buf_addc(&m->text, '"');
}

static void make_value(maker *m, unsigned depth);

static void make_object(maker *m, unsigned depth)
{
  static const char *const names[] = {
      "a",
      "b",
      "name",
      "description",
      "customProperties",
      "fieldPath",
      "c",
      "d",
      "e\\n",
      "",
      "fieldDiscriminator",
      "a name that is so long that what stands before its value is not kept at all"};
  static const char avro[] = "com.linkedin.pegasus2avro.x.Y";
  /* The names come in an order, from which some are left out: as programs do it. */
  unsigned at = 0, count = 0, all = roll(m, 40) ? 9 : sizeof(names) / sizeof(names[0]);
  dh_buf_addc(&m->text, '{');
  while ((at += roll(m, 3)) < all) {
    make_comma(m, count++ > 0);
    make_space(m, depth);
    dh_buf_addf(&m->text, "\"%s\":%s", at || roll(m, 10) ? names[at] : avro, m->style ? " " : "");
    make_value(m, depth + 1);
    at += roll(m, 100) != 0; /* else it may stand twice */
  }
  make_space(m, depth - 1);
  dh_buf_addc(&m->text, '}');
}

static void make_array(maker *m, unsigned depth)
{
  dh_buf_addc(&m->text, '[');
  for (unsigned i = 0, n = roll(m, 4); i < n; i++) {
    make_comma(m, i > 0);
    make_space(m, depth);
    make_value(m, depth + 1);
  }
  make_space(m, depth - 1);
  dh_buf_addc(&m->text, ']');
}

static void make_value(maker *m, unsigned depth)
{
  static const char *const words[] = {"true", "false",         "null",  "0",
                                      "-1",   "1623110400000", "2.5e-7"};
  unsigned kind = roll(m, depth < 6 ? 10 : 7);
  make_fault(m);
  if (kind < 4)
    make_string(m);
  else if (kind < 7)
    dh_buf_adds(&m->text, words[roll(m, sizeof(words) / sizeof(words[0]))]);
  else if (kind < 9)
    make_object(m, depth);
  else
    make_array(m, depth);
}

static void make_name(maker *m, unsigned depth, const char *name)
{
  if (m->text.data[m->text.size - 1] != '{')
    make_comma(m, true);
  make_space(m, depth);
  dh_buf_addf(&m->text, "\"%s\":%s", name, m->style ? " " : "");
}

static void make_member(maker *m, unsigned depth, const char *name, const char *value)
{
  make_name(m, depth, name);
  dh_buf_adds(&m->text, roll(m, 100) ? value : "null");
}

static void make_aspect(maker *m, bool patch)
{
  dh_buf_addc(&m->text, '{');
  make_name(m, 2, "json");
  if (patch)
    make_array(m, 3);
  else
    make_object(m, 3);
  make_space(m, 1);
  dh_buf_addc(&m->text, '}');
}

/* Another one each time, now and then none or a number that is odd. */
static void make_time(maker *m)
{
  static const char *const odd[] = {"0", "0", "2.5", "1e3", "05", "null", "16231104000000000"};
  make_name(m, 2, "lastObserved");
  m->time += roll(m, 2000);
  if (roll(m, 8))
    dh_buf_addf(&m->text, "%llu", (unsigned long long)m->time);
  else
    dh_buf_adds(&m->text, odd[roll(m, sizeof(odd) / sizeof(odd[0]))]);
}

static void make_metadata(maker *m)
{
  static const char *const runs[] = {"\"r\"", "\"run-2\"", "\"r\\n\xc3\xa9\""};
  bool early = !roll(m, 20);
  if (!roll(m, 10))
    m->run = roll(m, 3);
  dh_buf_addc(&m->text, '{');
  if (early)
    make_member(m, 2, "runId", runs[m->run]);
  if (roll(m, 30))
    make_time(m);
  if (!early && roll(m, 30))
    make_member(m, 2, "runId", runs[m->run]);
  if (roll(m, 30))
    make_member(m, 2, "lastRunId", "\"no-run-id-provided\"");
  if (!roll(m, 10))
    make_member(m, 2, "pipelineName", "\"p\"");
  if (!roll(m, 8))
    make_member(m, 2, "properties", roll(m, 2) ? "{\"k\":\"v\"}" : "null");
  make_space(m, 1);
  dh_buf_addc(&m->text, '}');
}

/* The member of an MCP that a letter stands for; one is seldom missing or null. */
static void make_part(maker *m, char part, bool patch)
{
  static const char *const aspects[] = {"\"status\"", "\"ownership\"", "\"x\""};
  static const char *const urns[] = {"\"urn:li:tag:a\"", "\"urn:li:tag:bb\"",
                                     "\"urn:li:tag:\xc3\xa9\"", "\"urn:li:tag:\\u0061\"",
                                     "\"urn:li:dataset:a\""};
  if (!roll(m, 100))
    return;
  switch (part) {
  case 'T':
    make_member(m, 1, "entityType", "\"tag\"");
    break;
  case 'U':
    make_member(m, 1, "entityUrn", urns[m->urn]);
    break;
  case 'C':
    make_member(m, 1, "changeType", patch ? "\"PATCH\"" : roll(m, 9) ? "\"UPSERT\"" : "\"CREATE\"");
    break;
  case 'N':
    make_member(m, 1, "aspectName", aspects[roll(m, 3)]);
    break;
  case 'A':
    make_name(m, 1, "aspect");
    make_aspect(m, patch);
    break;
  case 'M':
    make_name(m, 1, "systemMetadata");
    make_metadata(m);
    break;
  case 'H':
    make_member(m, 1, "headers", roll(m, 2) ? "{\"h\":\"v\"}" : "null");
    break;
  default:
    make_member(m, 1, "auditHeader", "null");
  }
}

/* Mostly the usual members of the usual URN. */
static void make_record(maker *m)
{
  static const char *const orders[] = {
      "TUCNAM", "TUCNAMH", "TUCNAMa", "TUCNA",  "TUCNMA",  "NTUCAM",  "TUNAMC",  "TUNACM", "TCNUAM",
      "UCNTAM", "aTUCNAM", "MTUCNA",  "TUCAMN", "TUCNAHM", "TUCNAaM", "TUCNAMM", "TUCNUAM"};
  bool patch = !roll(m, 12);
  if (!roll(m, 6))
    m->urn = roll(m, roll(m, 4) ? 3 : 5);
  if (!roll(m, 6))
    m->order = roll(m, 2) ? 0 : roll(m, sizeof(orders) / sizeof(orders[0]));
  dh_buf_addc(&m->text, '{');
  for (const char *part = orders[m->order]; *part; part++)
    make_part(m, *part, patch);
  make_space(m, 0);
  dh_buf_adds(&m->text, "}\n");
}

/* Behind many records that are alike, and between some that are not, each means what it means
 * by itself. Faults are few, for a file may not be read on behind one. */
START_TEST(files_made_at_random_mean_the_same)
{
  static const size_t chunks[] = {0, 4093, 61};
  for (unsigned round = 0; round < 120; round++) {
    maker m = {.dice = 0x9e3779b97f4a7c15u * (round + 1 + 1000u * (unsigned)_i),
               .style = round / 2 % 4,
               .wrong = round % 2 == 0,
               .time = 1623110400000};
    char what[48];
    dh_buf_init(&m.text);
    for (unsigned i = 0; i < (m.wrong ? 40 : 100); i++)
      make_record(&m);
    snprintf(what, sizeof(what), "file %u of run %d", round, _i);
    compare(dh_buf_text(&m.text), m.text.size, chunks[round % 3], what);
    dh_buf_free(&m.text);
  }
}
END_TEST

/* --- which records it takes ---------------------------------------------- */

static dh_fast_result fast_one(dh_fast *fast, const char *record, const dh_wire_options *options)
{
  dh_record_spans spans;
  size_t size = strlen(record), used;
  uint64_t lines;
  char *padded = calloc(1, size + DH_WINDOW_PAD);
  memcpy(padded, record, size);
  dh_buf out;
  dh_buf_init(&out);
  dh_fast_result result = dh_fast_mcp(fast, padded, size, options, &out, &spans, &used, &lines);
  dh_buf_free(&out);
  free(padded);
  return result;
}

/* Whether the bulk path takes the record; its proposal is compared by the others. */
static dh_fast_result try_fast(const char *record)
{
  static dh_fast fast;
  dh_wire_options options = {.struct_size = sizeof(options), .now_ms = 1};
  return fast_one(&fast, record, &options);
}

#define HEAD                                                                                       \
  "{\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:a\",\"changeType\":\"UPSERT\","              \
  "\"aspectName\":\"x\","
#define PATCH_HEAD                                                                                 \
  "{\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:a\",\"changeType\":\"PATCH\","               \
  "\"aspectName\":\"x\","

static const char *const taken[] = {
    HEAD "\"aspect\":{\"json\":{}}}",
    HEAD "\"aspect\":{\"json\":{\"a\":[1,-2.5e+7,true,false,null,\"\\u00e9\\\"\\\\\"]}}}",
    HEAD "\"aspect\":{\"json\":{\"com.linkedin.pegasus2avro.a.B\":{\"x\":null}}}}",
    HEAD "\"aspect\":{\"json\":{}},\"headers\":{\"a\":\"b\"},\"auditHeader\":null}",
    (HEAD "\"aspect\":{\"json\":{}},\"systemMetadata\":{\"lastObserved\":0,\"runId\":\"a\\nb\","
          "\"properties\":{\"a\":\"b\"}}}"),
    PATCH_HEAD "\"aspect\":{\"json\":[{\"op\":\"add\",\"value\":null}]}}",
    (HEAD "\"aspect\":{\"json\":{\"a\":\"b\"}},\"systemMetadata\":{\"lastObserved\":null,"
          "\"runId\":null,\"lastRunId\":\"r\",\"properties\":null}}"),
    ("{ \"entityType\" : \"tag\", \"entityUrn\": \"urn:li:tag:a\",  \"changeType\":  \"UPSERT\",\n"
     "\"aspectName\":\t\"x\" , \"aspect\": { \"json\":  { \"a\":  { \"b\": 1 , \"c\":  \"d\"}}}}"),
    ("{\"entityType\" :\"tag\",\"entityUrn\": \"urn:li:tag:a\", \"changeType\": \"UPSERT\",\n"
     "\"aspectName\":\"x\" ,\"aspect\": {\"json\": { \"a\": { \"b\":1 , \"c\": \"d\"} }}}"),
    ("{\"aspect\":{\"json\":{}},\"aspectName\":\"x\",\"changeType\":\"UPSERT\","
     "\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:a\"}"),
};

static const char *const left[] = {
    HEAD "\"aspect\":{\"value\":\"{}\"}}                  ",
    HEAD "\"aspect\":{\"json\":{\"fieldDiscriminator\":\"a\",\"a\":1}}}           ",
    HEAD "\"aspect\":{\"json\":{\"a\":1,\"a\":2}}}                   ",
    HEAD "\"aspect\":{\"json\":{\"com.linkedin.pegasus2avro.a.B\":1,\"b\":2}}}           ",
    HEAD "\"aspect\":{\"json\":{}},\"unknown\":1}                 ",
    (HEAD "\"aspect\":{\"json\":{}},\"systemMetadata\":{\"properties\":{\"emitModeMarker\":\"sync\""
          "}}}              "),
    HEAD "\"aspect\":{\"json\":[]}}                  ",
    PATCH_HEAD "\"aspect\":{\"json\":{\"patch\":[]}}}                 ",
    "{\"proposedSnapshot\":{}}                   ",
};

START_TEST(an_ordinary_record_is_taken)
{
  ck_assert_int_eq(try_fast(taken[_i]), DH_FAST_OK);
}
END_TEST

START_TEST(an_unusual_record_is_left_to_the_tree)
{
  ck_assert_int_eq(try_fast(left[_i]), DH_FAST_TREE);
}
END_TEST

/* What was learnt of one must not keep the next from being taken. */
START_TEST(an_ordinary_record_is_taken_behind_any_other)
{
  const size_t count = sizeof(taken) / sizeof(taken[0]);
  for (size_t first = 0; first < count + sizeof(left) / sizeof(left[0]); first++) {
    try_fast(first < count ? taken[first] : left[first - count]);
    ck_assert_int_eq(try_fast(taken[_i]), DH_FAST_OK);
  }
}
END_TEST

START_TEST(an_ordinary_record_is_taken_behind_any_cut)
{
  char cut[512];
  for (size_t size = 0; size < strlen(taken[_i]); size++) {
    snprintf(cut, sizeof(cut), "%.*s", (int)size, taken[_i]);
    ck_assert_int_eq(try_fast(cut), DH_FAST_MORE);
    ck_assert_msg(try_fast(taken[_i]) == DH_FAST_OK, "behind its first %zu bytes", size);
  }
}
END_TEST

/* --- each byte of a record ----------------------------------------------- */

static const char rich[] =
    "{\"entityType\": \"dataset\",\n  \"entityUrn\": "
    "\"urn:li:dataset:(urn:li:dataPlatform:h,t,P)\","
    "\"changeType\":\"UPSERT\",\n\"aspectName\":\"x\",\"aspect\":{\"json\":{\"a\":[1,2.5e7,-3],"
    "\"b\":{\"c\":null,\"d\":\"e\\\"f\\\\g\\u00e9\\ud83d\\ude00\xc3\xa9\xf0\x9f\x98\x80 h\"},"
    "\"com.linkedin.pegasus2avro.x.Y\":{\"com.linkedin.pegasus2avro.x.Z\":true},\"t\":false}},"
    "\"systemMetadata\":{\"lastObserved\":0,\"runId\":\"r\",\"properties\":{\"k\":\"v\"}},"
    "\"headers\":{\"If-None-Match\":\"*\"}}";

/* One with a head and a tail that are kept. */
static const char lasting[] =
    "{\"entityType\": \"tag\",\n\"entityUrn\": \"urn:li:tag:\xc3\xa9\",\"changeType\":\"UPSERT\","
    "\"aspectName\":\"x\",\"aspect\":{\"json\":{\"a\":1}},\n"
    "\"systemMetadata\":{\"lastObserved\":16,\n\"runId\":\"\xc3\xa9\\n\",\"lastRunId\":\"l\","
    "\"properties\":null},\"auditHeader\":null}";

/* Each by itself, and behind the one that is whole, whose parts then fit. */
static void compare_behind(const char *whole, const char *record, size_t size, const char *what)
{
  char both[2 * sizeof(rich)];
  size_t first = strlen(whole);
  memcpy(both, whole, first);
  both[first] = '\n';
  memcpy(both + first + 1, record, size);
  compare_for(whole == rich ? "a\"b" : "plain", record, size, 0, what);
  compare_for(whole == rich ? "a\"b" : "plain", both, first + 1 + size, 0, what);
}

START_TEST(each_cut_means_the_same)
{
  const char *whole = _i ? lasting : rich;
  for (size_t size = 0; size <= strlen(whole); size++) {
    char what[32];
    snprintf(what, sizeof(what), "cut at %zu", size);
    compare_behind(whole, whole, size, what);
  }
}
END_TEST

START_TEST(each_spoilt_byte_means_the_same)
{
  static const char spoilers[] = "\"\\{}[]:,0-.eEutn \n\x01\x80\xc3\xed\xff";
  const char *whole = _i ? lasting : rich;
  const size_t size = strlen(whole);
  char copy[sizeof(rich)];
  for (size_t at = 0; at < size; at++) {
    for (size_t s = 0; s < sizeof(spoilers); s++) { /* the NUL too */
      char what[48];
      memcpy(copy, whole, size);
      copy[at] = spoilers[s];
      snprintf(what, sizeof(what), "0x%02x at %zu", (unsigned char)spoilers[s], at);
      compare_behind(whole, copy, size, what);
    }
  }
}
END_TEST

/* A string of each length up to three steps, with something special at its end. */
START_TEST(strings_of_each_length_mean_the_same)
{
  static const char *const ends[] = {"",         "\\n",          "\\\"",
                                     "\\\\",     "\\u0041",      "\\ud83d\\ude00",
                                     "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                     "\x7f",     "\\u000"};
  char text[512];
  for (size_t length = 0; length < 50; length++) {
    for (size_t e = 0; e < sizeof(ends) / sizeof(ends[0]); e++) {
      char fill[64];
      memset(fill, 'x', sizeof(fill));
      int n = snprintf(text, sizeof(text),
                       HEAD "\"aspect\":{\"json\":{\"%.*s\":\"%.*s%s%.*s\"}},"
                            "\"headers\":{\"h\":\"%.*s%s\"}}",
                       (int)length, fill, (int)length, fill, ends[e], (int)(length % 7), fill,
                       (int)length, fill, ends[e]);
      compare(text, (size_t)n, 0, text);
    }
  }
}
END_TEST

/* More names than are held, in one object and in nested ones; the last one doubles one. */
START_TEST(many_names_mean_the_same)
{
  dh_buf text;
  dh_buf_init(&text);
  dh_buf_adds(&text, HEAD "\"aspect\":{\"json\":{");
  for (int i = 0; i < 60 + _i % 2 * 200; i++)
    dh_buf_addf(&text, "\"n%d\":{\"n%d\":%d},", i, i, i);
  for (int i = 0; i < 200; i++)
    dh_buf_addf(&text, "\"d%d\":{\"a\":1,\"b\":2,\"c\":3,", i);
  dh_buf_adds(&text, "\"z\":0");
  for (int i = 0; i < 200; i++)
    dh_buf_addc(&text, '}');
  dh_buf_addf(&text, ",\"n%d\":1}}}", _i < 2 ? 7 : 7777);
  compare(dh_buf_text(&text), text.size, 0, "many names");
  dh_buf_free(&text);
}
END_TEST

/* --- what recurs ----------------------------------------------------------- */

/* T and U, C, N: the entity's type and URN, the change's type, the aspect's name. */
#define T "\"entityType\":\"tag\","
#define U "\"entityUrn\":\"urn:li:tag:a\","
#define C "\"changeType\":\"UPSERT\","
#define N(name) "\"aspectName\":\"" name "\","
#define ASPECT "\"aspect\":{\"json\":{}},"
#define OBSERVED(time) "\"systemMetadata\":{\"lastObserved\":" time
#define RUN ",\"runId\":\"r\",\"lastRunId\":\"l\"}"
#define USUAL "{" T U C N("x") ASPECT OBSERVED("1") RUN "}"

enum { HEAD_USED = 1, TAIL_USED = 2 };

/* What the second record uses of what the first one left: it adds those parts' newlines. */
static unsigned parts_used(const char *first, const char *second)
{
  static dh_fast fast;
  dh_wire_options options = {
      .struct_size = sizeof(options), .now_ms = 1, .client_id = "i", .client_version = "v"};
  memset(&fast, 0, sizeof(fast));
  ck_assert_msg(fast_one(&fast, first, &options) == DH_FAST_OK, "%s", first);
  fast.head.part.lines = 1000 * HEAD_USED;
  fast.tail.lines = 1000 * TAIL_USED;
  fast_one(&fast, second, &options);
  return (unsigned)(fast.lines / 1000);
}

/* And the first one once more: it is read as if nothing had been between. */
static void compare_three(const char *first, const char *second, const char *what)
{
  dh_buf text;
  dh_buf_init(&text);
  dh_buf_addf(&text, "%s\n%s\n%s\n", first, second, first);
  compare(dh_buf_text(&text), text.size, 0, what);
  compare(dh_buf_text(&text), text.size, 7, what);
  dh_buf_free(&text);
}

static const struct recurrence {
  const char *what, *first, *second;
  unsigned used;
} recurrences[] = {
    {"the same", USUAL, USUAL, HEAD_USED | TAIL_USED},
    {"another aspect at another time", USUAL,
     "{" T U C N("y") ASPECT OBSERVED("1623110400000") RUN "}", HEAD_USED | TAIL_USED},
    {"no time yet", USUAL, "{" T U C N("x") ASPECT OBSERVED("0") RUN "}", HEAD_USED | TAIL_USED},
    {"a fraction", USUAL, "{" T U C N("x") ASPECT OBSERVED("1.5") RUN "}", HEAD_USED},
    {"an exponent", USUAL, "{" T U C N("x") ASPECT OBSERVED("1e3") RUN "}", HEAD_USED},
    {"a number that is long", USUAL, "{" T U C N("x") ASPECT OBSERVED("16231104000000000") RUN "}",
     HEAD_USED},
    {"a time that is null", USUAL, "{" T U C N("x") ASPECT OBSERVED("null") RUN "}", HEAD_USED},
    {"another URN", USUAL,
     "{" T "\"entityUrn\":\"urn:li:tag:b\"," C N("x") ASPECT OBSERVED("1") RUN "}", TAIL_USED},
    {"a URN that goes on", USUAL,
     "{" T "\"entityUrn\":\"urn:li:tag:aa\"," C N("x") ASPECT OBSERVED("1") RUN "}", TAIL_USED},
    {"another run", USUAL,
     "{" T U C N("x") ASPECT OBSERVED("1") ",\"runId\":\"s\",\"lastRunId\":\"l\"}}", HEAD_USED},
    {"no systemMetadata", USUAL, "{" T U C N("x") "\"aspect\":{\"json\":{}}}", HEAD_USED},
    {"none before it either", "{" T U C N("x") "\"aspect\":{\"json\":{}}}", USUAL, HEAD_USED},

    /* heads */
    {"a name that is empty", USUAL, "{" T U C N("") ASPECT OBSERVED("1") RUN "}",
     HEAD_USED | TAIL_USED},
    {"changeType is the last text", "{" T U N("x") C ASPECT OBSERVED("1") RUN "}",
     "{" T U N("x") "\"changeType\":\"PATCH\",\"aspect\":{\"json\":[]}," OBSERVED("1") RUN "}",
     HEAD_USED | TAIL_USED},
    {"the change was a patch", "{" T U N("x") "\"changeType\":\"PATCH\",\"aspect\":{\"json\":[]}}",
     "{" T U N("x") "\"changeType\":\"CREATE\",\"aspect\":{\"json\":{}}}", HEAD_USED},
    {"changeType comes later", "{" T U N("x") ASPECT C OBSERVED("1") RUN "}",
     "{" T U N("x") ASPECT "\"changeType\":\"CREATE\"," OBSERVED("1") RUN "}",
     HEAD_USED | TAIL_USED},
    {"changeType comes before the aspect", "{" T U N("x") ASPECT C OBSERVED("1") RUN "}",
     "{" T U N("x") C ASPECT OBSERVED("1") RUN "}", HEAD_USED | TAIL_USED},
    {"changeType comes no more", "{" T U N("x") ASPECT C OBSERVED("1") RUN "}",
     "{" T U N("x") ASPECT OBSERVED("1") RUN "}", HEAD_USED},
    {"changeType comes last", USUAL,
     "{" T U N("x") ASPECT OBSERVED("1") RUN ",\"changeType\":\"UPSERT\"}", 0},
    {"changeType comes twice", USUAL, "{" T U C N("x") ASPECT C OBSERVED("1") RUN "}", HEAD_USED},
    {"the head's last text comes twice", USUAL,
     "{" T U C N("x") N("x") ASPECT OBSERVED("1") RUN "}", HEAD_USED},
    {"a text of the head is null",
     "{" T U "\"headers\":null," C N("x") ASPECT OBSERVED("1") RUN "}",
     "{" T U "\"headers\":null," C N("x") ASPECT OBSERVED("1") RUN ",\"headers\":{}}", HEAD_USED},
    {"the URN is the last text", "{" T C N("x") U ASPECT OBSERVED("1") RUN "}",
     "{" T C N("x") "\"entityUrn\":\"urn:li:dataset:a\"," ASPECT OBSERVED("1") RUN "}",
     HEAD_USED | TAIL_USED},
    {"the URN is none", "{" T C N("x") U ASPECT OBSERVED("1") RUN "}",
     "{" T C N("x") "\"entityUrn\":\"tag\"," ASPECT OBSERVED("1") RUN "}", HEAD_USED | TAIL_USED},
    {"the type is the last text", "{" U C N("x") T ASPECT OBSERVED("1") RUN "}",
     "{" U C N("x") "\"entityType\":\"dataset\"," ASPECT OBSERVED("1") RUN "}",
     HEAD_USED | TAIL_USED},
    {"the URN is not ASCII",
     "{" T "\"entityUrn\":\"urn:li:tag:\xc3\xa9\"," C N("x") ASPECT "\"headers\":null}",
     "{" T "\"entityUrn\":\"urn:li:tag:\xc3\xa9\"," C N("y") ASPECT "\"headers\":null}", HEAD_USED},
    {"the URN's character is cut",
     "{" T "\"entityUrn\":\"urn:li:tag:\xc3\xa9\"," C N("x") ASPECT "\"headers\":null}",
     "{" T "\"entityUrn\":\"urn:li:tag:\xc3\"," C N("y") ASPECT "\"headers\":null}", 0},
    {"the URN has an escape", USUAL,
     "{" T "\"entityUrn\":\"urn:li:tag:\\u0061\"," C N("x") ASPECT OBSERVED("1") RUN "}", 0},

    /* an aspect that is not good, behind a head that is */
    {"no value", USUAL, "{" T U C N("x") "\"aspect\":{\"json\":{\"a\":}}," OBSERVED("1") RUN "}",
     HEAD_USED},
    {"a name twice", USUAL,
     "{" T U C N("x") "\"aspect\":{\"json\":{\"a\":1,\"a\":2}}," OBSERVED("1") RUN "}", HEAD_USED},
    {"an escape that is none", USUAL,
     "{" T U C N("x") "\"aspect\":{\"json\":{\"a\":\"\\x\"}}," OBSERVED("1") RUN "}", HEAD_USED},
    {"another kind of value", USUAL,
     "{" T U C N("x") "\"aspect\":{\"json\":[]}," OBSERVED("1") RUN "}", HEAD_USED},
    {"no aspect", USUAL, "{" T U C N("x") OBSERVED("1") RUN "}", HEAD_USED},
    {"an aspect that is null", USUAL, "{" T U C N("x") "\"aspect\":null," OBSERVED("1") RUN "}",
     HEAD_USED | TAIL_USED},

    /* tails */
    {"headers before, whatever the tail", USUAL,
     "{" T U C N("x") ASPECT "\"headers\":{\"a\":\"b\"}," OBSERVED("1") RUN "}", HEAD_USED},
    {"a null before", USUAL, "{" T U C N("x") ASPECT "\"auditHeader\":null," OBSERVED("1") RUN "}",
     HEAD_USED},
    {"nulls in the tail", "{" T U C N("x") ASPECT OBSERVED("1") RUN ",\"auditHeader\":null}",
     "{" T U C N("x") ASPECT OBSERVED("2") RUN ",\"auditHeader\":null}", HEAD_USED | TAIL_USED},
    {"a null before that is in the tail too",
     "{" T U C N("x") ASPECT OBSERVED("1") RUN ",\"auditHeader\":null}",
     "{" T U C N("x") ASPECT "\"auditHeader\":null," OBSERVED("2") RUN ",\"auditHeader\":null}",
     HEAD_USED},
    {"headers behind", "{" T U C N("x") ASPECT OBSERVED("1") RUN ",\"headers\":{\"a\":\"b\"}}",
     "{" T U C N("x") ASPECT OBSERVED("2") RUN ",\"headers\":{\"a\":\"b\"}}", HEAD_USED},
    {"a text behind", "{" T U N("x") ASPECT OBSERVED("1") RUN ",\"changeType\":\"UPSERT\"}",
     "{" T U N("x") ASPECT OBSERVED("2") RUN ",\"changeType\":\"UPSERT\"}", HEAD_USED},
    {"the aspect behind", "{" T U C N("x") OBSERVED("1") RUN ",\"aspect\":{\"json\":{}}}",
     "{" T U C N("x") OBSERVED("2") RUN ",\"aspect\":{\"json\":{}}}", HEAD_USED},
    {"headers only this time", USUAL,
     "{" T U C N("x") ASPECT OBSERVED("1") RUN ",\"headers\":{\"a\":\"b\"}}", HEAD_USED},
    {"systemMetadata twice", USUAL,
     "{" T U C N("x") ASPECT OBSERVED("1") RUN "," OBSERVED("1") RUN "}", HEAD_USED},
    {"properties",
     "{" T U C N("x") ASPECT OBSERVED("1") ",\"runId\":\"r\",\"lastRunId\":\"l\","
                                           "\"properties\":{\"k\":\"v\"}}}",
     "{" T U C N("x") ASPECT OBSERVED("1") ",\"runId\":\"r\",\"lastRunId\":\"l\","
                                           "\"properties\":{\"k\":\"v\"}}}",
     HEAD_USED},
    {"no run", "{" T U C N("x") ASPECT OBSERVED("1") "}}",
     "{" T U C N("x") ASPECT OBSERVED("1") "}}", HEAD_USED},
    {"runId first", USUAL,
     "{" T U C N("x") ASPECT "\"systemMetadata\":{\"runId\":\"q\",\"lastObserved\":1" RUN "}",
     HEAD_USED},
    {"a run that is not ASCII",
     "{" T U C N("x") ASPECT OBSERVED("1") ",\"runId\":\"\xc3\xa9\\n\","
                                           "\"lastRunId\":\"\"}}",
     "{" T U C N("x") ASPECT OBSERVED("2") ",\"runId\":\"\xc3\xa9\\n\",\"lastRunId\":\"\"}}",
     HEAD_USED | TAIL_USED},
    {"the time twice", USUAL, "{" T U C N("x") ASPECT OBSERVED("1") ",\"lastObserved\":1" RUN "}",
     HEAD_USED},
};

START_TEST(a_part_is_used_only_where_it_means_the_same)
{
  const struct recurrence *r = &recurrences[_i];
  ck_assert_msg(parts_used(r->first, r->second) == r->used, "%s", r->what);
  compare_three(r->first, r->second, r->what);
  compare_three(USUAL, r->second, r->what);
}
END_TEST

/* Twice a record whose head or tail, as `used` says, has a size near the largest. */
static void compare_sizes(const char *record, size_t part, size_t made, unsigned used)
{
  bool kept = part <= DH_REPEAT_SIZE && made <= DH_REPEAT_SIZE;
  unsigned other = (HEAD_USED | TAIL_USED) & ~used;
  char what[64];
  snprintf(what, sizeof(what), "a part of %zu bytes that makes %zu", part, made);
  ck_assert_msg(parts_used(record, record) == (kept ? used | other : other), "%s", what);
  compare_three(record, record, what);
}

START_TEST(a_part_is_kept_up_to_its_largest_size)
{
  static const char client[] = ",\"properties\":{\"clientId\":\"i\",\"clientVersion\":\"v\"}";
  static const char tail[] = ",\"runId\":\"\",\"lastRunId\":\"l\"}}";
  static const char head[] = "{" T "\"entityUrn\":\"urn:li:tag:\"," C "\"aspectName\":\"";
  char fill[DH_REPEAT_SIZE + 2], record[2048];
  memset(fill, 'x', sizeof(fill));
  for (size_t size = DH_REPEAT_SIZE - 1; size <= DH_REPEAT_SIZE + 1; size++) {
    snprintf(record, sizeof(record),
             "{" T "\"entityUrn\":\"urn:li:tag:%.*s\"," C N("x") ASPECT OBSERVED("1") RUN "}",
             (int)(size - strlen(head)), fill);
    compare_sizes(record, size, size, HEAD_USED);
    /* what is made has the client too, and not the record's brace */
    size_t made = size - 1 + strlen(client);
    snprintf(record, sizeof(record),
             "{" T U C N("x") ASPECT OBSERVED("1") ",\"runId\":\"%.*s\","
                                                   "\"lastRunId\":\"l\"}}",
             (int)(size - strlen(tail)), fill);
    compare_sizes(record, size, made, TAIL_USED);
    snprintf(record, sizeof(record),
             "{" T U C N("x") ASPECT OBSERVED("1") ",\"runId\":\"%.*s\","
                                                   "\"lastRunId\":\"l\"}}",
             (int)(size + 1 - strlen(client) - strlen(tail)), fill);
    compare_sizes(record, size + 1 - strlen(client), size, TAIL_USED);
    /* white space is only read */
    snprintf(record, sizeof(record), "{%*s" T U C N("x") ASPECT OBSERVED("1") RUN "}",
             (int)(size - strlen(head) - 1), "");
    compare_sizes(record, size, 1, HEAD_USED);
    snprintf(record, sizeof(record), "{" T U C N("x") ASPECT OBSERVED("1") RUN "%*s}",
             (int)(size - strlen(RUN "}")), "");
    compare_sizes(record, size, 1, TAIL_USED);
  }
}
END_TEST

typedef struct rest {
  const char *text;
  size_t left;
} rest;

static int64_t read_rest(void *arg, void *bytes, size_t size)
{
  rest *r = arg;
  size_t n = r->left < size ? r->left : size;
  memcpy(bytes, r->text, n);
  r->text += n;
  r->left -= n;
  return (int64_t)n;
}

/* The same record over and over, each with the next of the options: what is made of them. */
static char *read_each(const char *record, const dh_wire_options *options, size_t count, bool trees)
{
  dh_buf text, out;
  dh_error error;
  char *buffer = NULL;
  size_t used = 0, capacity = 0, got;
  dh_record made;
  dh_buf_init(&text);
  dh_buf_init(&out);
  for (size_t i = 0; i < count; i++)
    dh_buf_addf(&text, "%s\n", record);
  rest r = {dh_buf_text(&text), text.size};
  dh_reader *reader = dh_reader_open(read_rest, &r, "input", 0, &error);
  reader->no_fast = trees;
  for (size_t i = 0; i < count; i++) {
    dh_input_record input = {.struct_size = sizeof(input)};
    used = 0;
    ck_assert_int_eq(dh_reader_next(reader, &options[i], &input, &buffer, &used, &capacity, &made,
                                    1, &got, &error),
                     DH_READ_RECORD);
    char *canonical = outcome_canonical(made.system_metadata.ptr, made.system_metadata.len);
    dh_buf_addf(&out, "%zu: %s\n", i, canonical);
    free(canonical);
    canonical = outcome_canonical(made.proposal.ptr, made.proposal.len);
    dh_buf_addf(&out, "%zu: %s\n", i, canonical);
    free(canonical);
  }
  dh_reader_close(reader);
  free(buffer);
  dh_buf_free(&text);
  return dh_buf_take(&out);
}

/* Any two clients follow one another, with all others before them. */
START_TEST(a_record_has_the_client_of_its_call)
{
  static const char long_name[] = "a name of a client that is longer than what is kept of it";
  static const struct {
    const char *id, *version;
  } clients[] = {{"a", "1"},  {"b", "1"},       {"a", "2"},      {"a", NULL},
                 {NULL, "1"}, {NULL, NULL},     {"a\"", "1"},    {"b", "\\"},
                 {"", ""},    {long_name, "1"}, {"a", long_name}};
  static const char *const records[] = {USUAL, "{" T U C N("x") ASPECT OBSERVED("0") RUN "}",
                                        "{" T U C N("x") ASPECT OBSERVED("0") "}}",
                                        "{" T U C N("x") "\"aspect\":{\"json\":{}}}"};
  enum { COUNT = sizeof(clients) / sizeof(clients[0]) };
  static dh_wire_options options[2 * COUNT * COUNT];
  size_t n = 0;
  for (size_t i = 0; i < COUNT; i++)
    for (size_t k = 0; k < 2 * COUNT; k++, n++) {
      size_t client = k % 2 ? k / 2 : i;
      options[n] = (dh_wire_options){.struct_size = sizeof(options[n]),
                                     .now_ms = (int64_t)(1700000000000 + n),
                                     .run_id = n % 3 ? "r" : NULL,
                                     .client_id = clients[client].id,
                                     .client_version = clients[client].version};
    }
  char *fast = read_each(records[_i], options, n, false);
  char *trees = read_each(records[_i], options, n, true);
  ck_assert_msg(!strcmp(fast, trees), "the bulk path came to\n%s\ntrees to\n%s", fast, trees);
  ck_assert_ptr_nonnull(strstr(fast, "\"clientId\":\"b\""));
  free(fast);
  free(trees);
}
END_TEST

static TCase *case_fast(void)
{
  TCase *t = tcase_create("fast");
  tcase_add_test(t, each_sample_means_the_same);
  tcase_add_loop_test(t, all_real_metadata_means_the_same, 0, 2);
  tcase_add_loop_test(t, an_ordinary_record_is_taken, 0, sizeof(taken) / sizeof(taken[0]));
  tcase_add_loop_test(t, an_ordinary_record_is_taken_behind_any_other, 0,
                      sizeof(taken) / sizeof(taken[0]));
  tcase_add_loop_test(t, an_ordinary_record_is_taken_behind_any_cut, 0,
                      sizeof(taken) / sizeof(taken[0]));
  tcase_add_loop_test(t, an_unusual_record_is_left_to_the_tree, 0, sizeof(left) / sizeof(left[0]));
  tcase_add_loop_test(t, each_cut_means_the_same, 0, 2);
  tcase_add_loop_test(t, each_spoilt_byte_means_the_same, 0, 2);
  tcase_add_test(t, strings_of_each_length_mean_the_same);
  tcase_add_loop_test(t, files_made_at_random_mean_the_same, 0, 3);
  tcase_add_loop_test(t, many_names_mean_the_same, 0, 4);
  tcase_set_timeout(t, 120);
  return t;
}

static TCase *case_repeat(void)
{
  TCase *t = tcase_create("repeat");
  tcase_add_loop_test(t, a_part_is_used_only_where_it_means_the_same, 0,
                      sizeof(recurrences) / sizeof(recurrences[0]));
  tcase_add_test(t, a_part_is_kept_up_to_its_largest_size);
  tcase_add_loop_test(t, a_record_has_the_client_of_its_call, 0, 4);
  return t;
}

SUITE("fast", case_fast(), case_repeat())
