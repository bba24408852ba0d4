/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading and re-framing costs a record: the bulk path, the same by json-c trees,
 * json-c's own parse and print of the same bytes, and memcpy of them.
 *   bench_reframe [FOLDER]: its *.json files, over and over, as one input of JSON arrays;
 * without it DH_SHARED_DATA/mcp or ../shared/data/mcp, or else the samples of the tests.
 * CPU time of this process; the best of three rounds.
 */
#include "metadata/reader.h"

#include <dirent.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INPUT_SIZE (64u * 1024 * 1024)
#define ROUNDS 3
#define SAMPLES SRCDIR "/tests/data/metadata/samples/mcp"

static char *corpus;
static size_t corpus_size;
static uint64_t corpus_records;

static double cpu_seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- input --------------------------------------------------------------- */

static int add_file(const char *path)
{
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END))
    return -1;
  size_t size = (size_t)ftell(file);
  rewind(file);
  corpus = realloc(corpus, corpus_size + size + 1);
  if (!corpus || fread(corpus + corpus_size, 1, size, file) != size)
    return -1;
  fclose(file);
  corpus_size += size;
  corpus[corpus_size++] = '\n';
  return 0;
}

static int add_folder(const char *folder)
{
  struct dirent **entries;
  int n = scandir(folder, &entries, NULL, alphasort);
  if (n < 0)
    return -1;
  for (int i = 0; i < n; i++) {
    char path[4096];
    const char *dot = strrchr(entries[i]->d_name, '.');
    snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
    if (dot && !strcmp(dot, ".json") && add_file(path))
      return -1;
    free(entries[i]);
  }
  free(entries);
  return corpus_size ? 0 : -1;
}

/* The corpus again and again, up to INPUT_SIZE. */
typedef struct source {
  size_t at, total;
} source;

static int64_t read_source(void *arg, void *bytes, size_t size)
{
  source *s = arg;
  if (s->total >= INPUT_SIZE && s->at == 0)
    return 0;
  size_t n = corpus_size - s->at < size ? corpus_size - s->at : size;
  memcpy(bytes, corpus + s->at, n);
  s->total += n;
  s->at = (s->at + n) % corpus_size;
  return (int64_t)n;
}

/* --- what is measured ---------------------------------------------------- */

typedef struct run {
  uint64_t records, bytes;
  double seconds;
} run;

static run read_all(int no_fast)
{
  static dh_record records[DH_MAX_PROPOSALS];
  dh_wire_options options = {.struct_size = sizeof(options),
                             .now_ms = 1700000000000,
                             .client_id = "libdatahub",
                             .client_version = "1"};
  dh_error error;
  source s = {0, 0};
  dh_reader *reader = dh_reader_open(read_source, &s, "corpus", 0, &error);
  char *buffer = NULL;
  size_t size = 0, capacity = 0, count;
  run r = {0, 0, 0};
  reader->no_fast = no_fast;
  double begin = cpu_seconds();
  for (;;) {
    dh_input_record input;
    if (size > 100000) /* as a batch is sent */
      size = 0;
    dh_read_result result = dh_reader_next(reader, &options, &input, &buffer, &size, &capacity,
                                           records, DH_MAX_PROPOSALS, &count, &error);
    if (result == DH_READ_END)
      break;
    if (result != DH_READ_RECORD) {
      fprintf(stderr, "%s\n", error.message);
      exit(1);
    }
    r.records++;
    r.bytes += input.raw.len;
  }
  r.seconds = cpu_seconds() - begin;
  free(buffer);
  dh_reader_close(reader);
  return r;
}

static run bulk(void)
{
  return read_all(0);
}

static run trees(void)
{
  return read_all(1);
}

/* The least that a json-c program does: parse each file's bytes, print each record. */
static run json_c(void)
{
  run r = {0, 0, 0};
  double begin = cpu_seconds();
  while (r.bytes < INPUT_SIZE) {
    struct json_tokener *tokener = json_tokener_new();
    for (size_t at = 0; at < corpus_size;) {
      struct json_object *array =
          json_tokener_parse_ex(tokener, corpus + at, (int)(corpus_size - at));
      if (!array)
        break;
      at += json_tokener_get_parse_end(tokener);
      for (size_t i = 0; i < json_object_array_length(array); i++, r.records++)
        json_object_to_json_string_ext(json_object_array_get_idx(array, i), JSON_C_TO_STRING_PLAIN);
      json_object_put(array);
    }
    json_tokener_free(tokener);
    r.bytes += corpus_size;
  }
  r.seconds = cpu_seconds() - begin;
  return r;
}

static run copy(void)
{
  static char window[256 * 1024];
  source s = {0, 0};
  run r = {0, 0, 0};
  int64_t n;
  double begin = cpu_seconds();
  while ((n = read_source(&s, window, sizeof(window))) > 0) {
    __asm__ volatile("" : : "r"(window) : "memory");
    r.bytes += (uint64_t)n;
  }
  r.seconds = cpu_seconds() - begin;
  r.records = corpus_records * (r.bytes / corpus_size);
  return r;
}

static double measure(const char *name, run (*what)(void), double yardstick)
{
  run best = {0, 0, 1e9};
  for (int i = 0; i < ROUNDS; i++) {
    run r = what();
    if (r.seconds < best.seconds)
      best = r;
  }
  double each = best.seconds / (double)best.records * 1e6;
  printf("%-28s %8.3f us a record  %8.1f MB/s", name, each,
         (double)best.bytes / best.seconds / 1e6);
  if (yardstick > 0)
    printf("  %6.2f times the bulk path", each / yardstick);
  printf("\n");
  return each;
}

int main(int argc, char **argv)
{
  char shared[4096];
  const char *data = getenv("DH_SHARED_DATA");
  snprintf(shared, sizeof(shared), "%s/mcp", data ? data : SRCDIR "/../shared/data");
  const char *folder = argc > 1 ? argv[1] : shared;
  if (add_folder(folder) && (argc > 1 || add_folder(folder = SAMPLES))) {
    fprintf(stderr, "bench_reframe: no *.json file can be read in %s\n", folder);
    return 2;
  }
  run counted = bulk();
  corpus_records = counted.records / ((INPUT_SIZE + corpus_size - 1) / corpus_size);
  printf("%s: %zu bytes, %llu records of %zu bytes\n", folder, corpus_size,
         (unsigned long long)corpus_records, corpus_size / (size_t)corpus_records);
  double fast = measure("bulk path", bulk, 0);
  measure("json-c trees, re-framed", trees, fast);
  measure("json-c parse and print only", json_c, fast);
  measure("memcpy of the input", copy, fast);
  free(corpus);
  return 0;
}
