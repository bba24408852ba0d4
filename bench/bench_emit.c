/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of one way to send the MCP corpus to a server that answers 200. bench/emit.sh
 * starts the server and prints the table.
 *   bench_emit dhub|pipe|spool|one|emit|tree|floor URL MEGABYTES CORPUS-FOLDER [DHUB]
 * dhub: the program DHUB reads the corpus from a file; pipe: from a pipe; spool: from a file,
 * with a spool; one: DHUB emits a lone record, from start to exit, MEGABYTES times, of which
 * the quickest is told; emit: reader and emitter in this process, one record a call; tree: each
 * record through a json-c tree on its way; floor: the requests that `dhub emit` makes, head and
 * body the same, but made beforehand and sent with curl's multi interface and nothing else. Prints
 * records, seconds, CPU of the process that sends, and its peak memory.
 */
#include <datahub/datahub.h>

#include <curl/curl.h>
#include <dirent.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCH 100
#define THREADS 15

/* --- input --- */

typedef struct corpus {
  char *bytes;
  size_t size;
} corpus;

static void add_file(corpus *c, const char *path)
{
  FILE *file = fopen(path, "rb");
  if (!file)
    exit(2);
  fseek(file, 0, SEEK_END);
  size_t size = (size_t)ftell(file);
  rewind(file);
  c->bytes = realloc(c->bytes, c->size + size + 1);
  if (!c->bytes || fread(c->bytes + c->size, 1, size, file) != size)
    exit(2);
  fclose(file);
  c->size += size;
  c->bytes[c->size++] = '\n';
}

static void load(corpus *c, const char *folder)
{
  struct dirent **entries;
  int n = scandir(folder, &entries, NULL, alphasort);
  for (int i = 0; i < n; i++) {
    char path[4096];
    const char *dot = strrchr(entries[i]->d_name, '.');
    snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
    if (dot && !strcmp(dot, ".json"))
      add_file(c, path);
    free(entries[i]);
  }
  free(entries);
  if (!c->size) {
    fprintf(stderr, "bench_emit: no *.json in %s\n", folder);
    exit(2);
  }
}

/* The corpus over and over, whole, until `limit` bytes are passed. */
typedef struct source {
  const corpus *corpus;
  size_t at;
  uint64_t total, limit;
} source;

static int64_t read_source(void *arg, void *bytes, size_t size)
{
  source *s = arg;
  if (s->at == s->corpus->size) {
    if (s->total >= s->limit)
      return 0;
    s->at = 0;
  }
  size_t n = s->corpus->size - s->at < size ? s->corpus->size - s->at : size;
  memcpy(bytes, s->corpus->bytes + s->at, n);
  s->at += n;
  s->total += n;
  return (int64_t)n;
}

/* --- emitting --- */

static uint64_t delivered_count, failed_count;

static void delivered(void *arg, const dh_record *record, void *opaque, dh_fate fate,
                      const dh_error *error)
{
  (void)arg;
  (void)record;
  (void)opaque;
  if (fate == DH_DELIVERED)
    delivered_count++;
  else if (!failed_count++)
    fprintf(stderr, "bench_emit: %s\n", error ? error->message : "undelivered");
}

static void die(const char *what, const dh_error *error)
{
  fprintf(stderr, "bench_emit: %s: %s\n", what, error->message);
  exit(1);
}

/* What a client without the bulk path does: parse, look, print. */
static void through_tree(dh_record *record, char **text, size_t *size)
{
  struct json_tokener *tokener = json_tokener_new();
  struct json_object *tree = json_tokener_parse_ex(tokener, record->proposal.ptr,
                                                   (int)record->proposal.len),
                     *aspect, *value;
  if (json_object_object_get_ex(tree, "aspect", &aspect) &&
      json_object_object_get_ex(aspect, "value", &value)) {
    struct json_object *inner = json_tokener_parse(json_object_get_string(value));
    json_object_object_add(
        aspect, "value",
        json_object_new_string(json_object_to_json_string_ext(inner, JSON_C_TO_STRING_PLAIN)));
    json_object_put(inner);
  }
  const char *out = json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN);
  *size = strlen(out);
  *text = strdup(out);
  json_object_put(tree);
  json_tokener_free(tokener);
}

static void emit_tree(dh_emitter *emitter, dh_record *records, size_t count, dh_error *error)
{
  for (size_t i = 0; i < count; i++) {
    char *text;
    size_t size;
    through_tree(&records[i], &text, &size);
    records[i].proposal = (dh_slice){text, size};
    if (dh_emitter_emit_records(emitter, &records[i], 1, NULL, 0, error))
      die("emit", error);
    free(text);
  }
}

static uint64_t emit(const corpus *c, const char *url, uint64_t limit, bool tree)
{
  dh_error error;
  dh_context *context = dh_context_new(NULL, &error);
  dh_config *sink = dh_config_new_map("bench");
  dh_config_set(sink, "type", "datahub-rest", NULL);
  dh_config_set(sink, "config.server", url, NULL);
  dh_emitter_options options = {.struct_size = sizeof(options), .delivered = delivered};
  dh_emitter *emitter = dh_emitter_open(context, sink, &options, &error);
  if (!emitter)
    die("open", &error);
  source s = {.corpus = c, .limit = limit};
  dh_reader *reader = dh_reader_open(read_source, &s, "corpus", 0, &error);
  dh_wire_options wire = {.struct_size = sizeof(wire),
                          .now_ms = 1700000000000,
                          .client_id = "bench",
                          .client_version = dh_version()};
  char *buffer = NULL;
  size_t size = 0, capacity = 0;
  uint64_t records = 0;
  for (;;) {
    dh_input_record input = {.struct_size = sizeof(input)};
    dh_record one[64];
    size_t count = 0;
    size = 0;
    dh_read_result result =
        dh_reader_next(reader, &wire, &input, &buffer, &size, &capacity, one, 64, &count, &error);
    if (result == DH_READ_END)
      break;
    if (result == DH_READ_FATAL)
      die("read", &error);
    if (result != DH_READ_RECORD)
      continue;
    records += count;
    if (tree)
      emit_tree(emitter, one, count, &error);
    else if (dh_emitter_emit_records(emitter, one, count, NULL, 0, &error))
      die("emit", &error);
  }
  if (dh_emitter_close(emitter, -1, &error))
    die("close", &error);
  dh_reader_close(reader);
  free(buffer);
  dh_config_free(sink);
  dh_context_free(context);
  if (failed_count || delivered_count != records)
    exit(1);
  return records;
}

/* --- the floor --- */

typedef struct prebuilt {
  char **body;
  size_t *size;
  size_t count, records;
  uint64_t all;   /* records, those of no full batch too */
  uint64_t bytes; /* of the input that they were made of */
} prebuilt;

static void build(prebuilt *p, const corpus *c, uint64_t limit)
{
  dh_error error;
  source s = {.corpus = c, .limit = limit};
  dh_reader *reader = dh_reader_open(read_source, &s, "corpus", 0, &error);
  /* As `dhub emit` has it, so that the bytes are the same. */
  dh_wire_options wire = {.struct_size = sizeof(wire),
                          .now_ms = 1700000000000,
                          .client_id = "libdatahub",
                          .client_version = dh_version()};
  char *buffer = NULL, *body = NULL;
  size_t size = 0, capacity = 0, in_body = 0, body_size = 0;
  for (;;) {
    dh_input_record input = {.struct_size = sizeof(input)};
    dh_record one[64];
    size_t count = 0;
    size = 0;
    dh_read_result result =
        dh_reader_next(reader, &wire, &input, &buffer, &size, &capacity, one, 64, &count, &error);
    for (size_t i = 0; result == DH_READ_RECORD && i < count; i++) {
      body = realloc(body, body_size + one[i].proposal.len + 64);
      body_size += (size_t)sprintf(body + body_size, "%s%.*s", in_body ? "," : "{\"proposals\":[",
                                   (int)one[i].proposal.len, one[i].proposal.ptr);
      p->records++;
      p->all++;
      if (++in_body < BATCH)
        continue;
      body_size += (size_t)sprintf(body + body_size, "],\"async\":\"false\"}");
      p->body = realloc(p->body, (p->count + 1) * sizeof(*p->body));
      p->size = realloc(p->size, (p->count + 1) * sizeof(*p->size));
      p->body[p->count] = body;
      p->size[p->count++] = body_size;
      body = NULL;
      in_body = body_size = 0;
    }
    if (result == DH_READ_END || result == DH_READ_FATAL)
      break;
  }
  p->records -= in_body;
  p->bytes = s.total;
  free(body);
  free(buffer);
  dh_reader_close(reader);
}

static size_t drop(char *bytes, size_t one, size_t size, void *arg)
{
  (void)bytes;
  (void)arg;
  return one * size;
}

/* What GMS wants, and what `dhub emit` says of itself: the requests are the same in all. */
static struct curl_slist *floor_headers(void)
{
  static const char *const lines[] = {"X-RestLi-Protocol-Version: 2.0.0",
                                      "Content-Type: application/json",
                                      "X-DataHub-Client-Mode: CLI", "Expect:"};
  char agent[100];
  snprintf(agent, sizeof(agent), "User-Agent: DataHub-Client/1.0 (cli; dhub/libdatahub; %s)",
           dh_version());
  struct curl_slist *headers = curl_slist_append(NULL, agent);
  for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
    headers = curl_slist_append(headers, lines[i]);
  return headers;
}

static uint64_t floor_run(const prebuilt *p, const char *url, uint64_t rounds)
{
  char target[300];
  snprintf(target, sizeof(target), "%s/aspects?action=ingestProposalBatch", url);
  CURLM *multi = curl_multi_init();
  struct curl_slist *headers = floor_headers();
  CURL *easy[THREADS];
  uint64_t next = 0, done = 0, total = p->count * rounds;
  int running, left;
  for (int i = 0; i < THREADS; i++) {
    easy[i] = curl_easy_init();
    curl_easy_setopt(easy[i], CURLOPT_URL, target);
    curl_easy_setopt(easy[i], CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy[i], CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(easy[i], CURLOPT_NOSIGNAL, 1L);
  }
  for (int i = 0; i < THREADS && next < total; i++, next++) {
    curl_easy_setopt(easy[i], CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->size[next % p->count]);
    curl_easy_setopt(easy[i], CURLOPT_POSTFIELDS, p->body[next % p->count]);
    curl_multi_add_handle(multi, easy[i]);
  }
  while (done < total) {
    curl_multi_perform(multi, &running);
    bool any = false;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
      CURL *handle = message->easy_handle;
      if (message->data.result)
        exit(1);
      curl_multi_remove_handle(multi, handle);
      any = true;
      done++;
      if (next >= total)
        continue;
      curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->size[next % p->count]);
      curl_easy_setopt(handle, CURLOPT_POSTFIELDS, p->body[next % p->count]);
      curl_multi_add_handle(multi, handle);
      next++;
    }
    if (!any)
      curl_multi_poll(multi, NULL, 0, 1000, NULL);
  }
  for (int i = 0; i < THREADS; i++)
    curl_easy_cleanup(easy[i]);
  curl_slist_free_all(headers);
  curl_multi_cleanup(multi);
  return total * BATCH;
}

/* --- the program --- */

static void feed(const corpus *c, int fd, uint64_t limit)
{
  for (uint64_t total = 0; total < limit; total += c->size)
    for (size_t at = 0; at < c->size;) {
      ssize_t n = write(fd, c->bytes + at, c->size - at);
      if (n <= 0)
        exit(1);
      at += (size_t)n;
    }
  close(fd);
}

/* Starts DHUB on `input`, a file's name or "-" for `from`; `spool` may be NULL. */
static pid_t start(const char *program, const char *url, const char *input, int from, int unwanted,
                   const char *spool)
{
  char option[100];
  snprintf(option, sizeof(option), "spool=%s", spool ? spool : "");
  const char *const argv[] = {
      program, "emit", "-q", "--server", url, input, spool ? "--option" : NULL, option, NULL};
  pid_t pid = fork();
  if (pid)
    return pid;
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nowhere, STDERR_FILENO); /* its summary */
  if (from >= 0) {
    dup2(from, STDIN_FILENO);
    close(from);
    close(unwanted);
  }
  execv(program, (char *const *)(uintptr_t)argv);
  _exit(127);
}

static void await(pid_t pid, const char *program, struct rusage *usage)
{
  int status;
  if (wait4(pid, &status, 0, usage) == pid && WIFEXITED(status) && !WEXITSTATUS(status))
    return;
  fprintf(stderr, "bench_emit: %s failed\n", program);
  exit(1);
}

/* How many records the corpus holds. */
static uint64_t count_records(const corpus *c)
{
  prebuilt p = {0};
  build(&p, c, 1);
  for (size_t i = 0; i < p.count; i++)
    free(p.body[i]);
  free(p.body);
  free(p.size);
  return p.all;
}

/* --- --- */

static double seconds(const struct rusage *u)
{
  return (double)u->ru_utime.tv_sec + (double)u->ru_stime.tv_sec +
         (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

static double cpu(void)
{
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return seconds(&u);
}

static double wall(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print(const char *way, const char *megabytes, uint64_t records, double took,
                  double used, long peak)
{
  printf(
      "%-6s %6s MB  %9llu records  %8.3f s  %7.3f us CPU/record  %9.0f records/s  peak %ld KiB\n",
      way, megabytes, (unsigned long long)records, took, used / (double)records * 1e6,
      (double)records / took, peak);
}

/* DHUB's run over the corpus; its wall time. */
static double run_program(const corpus *c, char **argv, const char *input, const char *spool,
                          uint64_t limit, struct rusage *usage)
{
  int ends[2];
  double before = wall();
  if (strcmp(argv[1], "pipe") != 0) {
    await(start(argv[5], argv[2], input, -1, -1, spool), argv[5], usage);
    return wall() - before;
  }
  if (pipe(ends))
    exit(1);
  pid_t pid = start(argv[5], argv[2], "-", ends[0], ends[1], spool);
  close(ends[0]);
  feed(c, ends[1], limit);
  await(pid, argv[5], usage);
  return wall() - before;
}

/* The same, with its files in a folder of their own. */
static void bench_program(const corpus *c, char **argv)
{
  static const char *const files[] = {"input", "spool", "spool-wal", "spool-shm", "spool.lock"};
  bool with_spool = !strcmp(argv[1], "spool");
  struct rusage usage;
  char dir[] = "/tmp/bench-emit-XXXXXX", path[64], input[64];
  uint64_t limit = strtoull(argv[3], NULL, 10) << 20;
  if (!mkdtemp(dir))
    exit(1);
  snprintf(input, sizeof(input), "%s/input", dir);
  snprintf(path, sizeof(path), "%s/spool", dir);
  if (strcmp(argv[1], "pipe") != 0)
    feed(c, open(input, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), limit);
  double took = run_program(c, argv, input, with_spool ? path : NULL, limit, &usage);
  uint64_t records = count_records(c) * ((limit + c->size - 1) / c->size);
  print(argv[1], argv[3], records, took, seconds(&usage), usage.ru_maxrss);
  for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
    snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
    unlink(path);
  }
  rmdir(dir);
}

/* A lone record. */
static void bench_one(char **argv)
{
  static const char record[] =
      "{\"entityType\":\"corpuser\",\"entityUrn\":\"urn:li:corpuser:a\",\"changeType\":\"UPSERT\","
      "\"aspectName\":\"status\",\"aspect\":{\"json\":{\"removed\":false}}}\n";
  char input[] = "/tmp/bench-emit-XXXXXX";
  int fd = mkstemp(input);
  double best = 1e9, least = 1e9;
  if (fd < 0 || write(fd, record, sizeof(record) - 1) != (ssize_t)sizeof(record) - 1)
    exit(1);
  close(fd);
  for (unsigned long i = strtoul(argv[3], NULL, 10); i; i--) {
    struct rusage usage;
    double before = wall();
    await(start(argv[5], argv[2], input, -1, -1, NULL), argv[5], &usage);
    double took = wall() - before;
    best = took < best ? took : best;
    least = seconds(&usage) < least ? seconds(&usage) : least;
  }
  unlink(input);
  printf("one    from start to exit, best of %s: %.2f ms, of which %.2f ms CPU\n", argv[3],
         best * 1000, least * 1000);
}

int main(int argc, char **argv)
{
  corpus c = {0};
  prebuilt p = {0};
  if (argc < 5) {
    fprintf(stderr,
            "usage: bench_emit dhub|pipe|spool|one|emit|tree|floor URL MEGABYTES FOLDER [DHUB]\n");
    return 2;
  }
  const char *way = argv[1], *url = argv[2];
  if (argc == 6 && !strcmp(way, "one")) {
    bench_one(argv);
    return 0;
  }
  uint64_t limit = strtoull(argv[3], NULL, 10) << 20;
  load(&c, argv[4]);
  if (argc == 6) {
    bench_program(&c, argv);
    free(c.bytes);
    return 0;
  }
  if (!strcmp(way, "floor"))
    build(&p, &c, 1 << 20); /* of a small corpus often enough for full batches */
  double cpu_before = cpu(), before = wall();
  uint64_t records = p.count ? floor_run(&p, url, limit / p.bytes + 1)
                             : emit(&c, url, limit, !strcmp(way, "tree"));
  double used = cpu() - cpu_before, took = wall() - before;
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  print(way, argv[3], records, took, used, u.ru_maxrss - (long)(c.size >> 10));
  free(c.bytes);
  return 0;
}
