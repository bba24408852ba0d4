/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_kafka [RECORDS [ROUNDS]]
 * Records a second and CPU a record through the emitter and the Kafka sink, against
 * librdkafka fed with the same messages made beforehand, as rdkafka_performance does; in turns,
 * in one run, on one broker (librdkafka's mock, in a process of its own). And the encoder
 * alone against avro-c, which is given its values read and unescaped.
 */
#include "../sinks/kafka/encode.h"

#include <datahub/datahub.h>

#include <avro.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define URNS 10000
#define DESCRIPTION                                                                                \
  "One row an order, with all that belongs to it: amounts are in cents, net of VAT."

typedef struct result {
  double seconds, cpu;
} result;

typedef struct made {
  dh_record record;
  char *proposal, *urn, *aspect, *system;
  char *message;
  size_t size;
} made;

static made all[URNS];

static void die(const char *what, const char *why)
{
  fprintf(stderr, "bench_kafka: %s: %s\n", what, why);
  exit(1);
}

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void)
{
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* --- records --- */

static void make(made *m, int i)
{
  int a =
      asprintf(&m->urn, "urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.t%d,PROD)", i);
  int b = asprintf(&m->aspect,
                   "{\"name\":\"t%d\",\"description\":\"" DESCRIPTION "\",\"customProperties\":{"
                   "\"retention\":\"10 years\",\"owner\":\"sales\"},\"tags\":[]}",
                   i);
  int c = asprintf(&m->system, "{\"lastObserved\":1615443388097,\"runId\":\"postgres-2026\","
                               "\"lastRunId\":\"no-run-id-provided\",\"properties\":{\"clientId\":"
                               "\"datahub-c\",\"clientVersion\":\"0.1.0\"}}");
  char escaped[1000];
  size_t n = 0;
  for (const char *at = m->aspect; b > 0 && *at; at++) {
    if (*at == '"')
      escaped[n++] = '\\';
    escaped[n++] = *at;
  }
  escaped[n] = '\0';
  int d = asprintf(&m->proposal,
                   "{\"entityType\":\"dataset\",\"entityUrn\":\"%s\",\"changeType\":\"UPSERT\","
                   "\"aspectName\":\"datasetProperties\",\"aspect\":{\"contentType\":\"application/"
                   "json\",\"value\":\"%s\"},\"systemMetadata\":%s}",
                   m->urn, escaped, m->system);
  if (a < 0 || b < 0 || c < 0 || d < 0)
    die("records", "out of memory");
  m->record = (dh_record){.struct_size = sizeof(dh_record),
                          .entity_type = {"dataset", 7},
                          .urn = {m->urn, strlen(m->urn)},
                          .aspect_name = {"datasetProperties", 17},
                          .content_type = {"application/json", 16},
                          .proposal = {m->proposal, strlen(m->proposal)},
                          .system_metadata = {m->system, strlen(m->system)}};
  text out = {0};
  const char *why = kafka_encode(&m->record, 1, &out);
  if (why)
    die("encode", why);
  m->message = out.data;
  m->size = out.size;
}

/* --- a broker and a registry of their own process --- */

static char bootstrap[200];

static pid_t start_broker(int *stop)
{
  int back[2], down[2];
  if (pipe(back) || pipe(down))
    die("pipe", "failed");
  pid_t pid = fork();
  if (pid == 0) {
    char words[200], c;
    close(down[1]);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", words, sizeof(words));
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
    rd_kafka_mock_cluster_t *mock = rd_kafka_mock_cluster_new(rk, 1);
    const char *name = rd_kafka_mock_cluster_bootstraps(mock);
    rd_kafka_mock_topic_create(mock, "MetadataChangeProposal_v1", 4, 1);
    if (write(back[1], name, strlen(name) + 1) < 0 || read(down[0], &c, 1) < 0)
      _exit(1);
    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(rk);
    _exit(0);
  }
  close(down[0]);
  if (pid < 0 || read(back[0], bootstrap, sizeof(bootstrap) - 1) <= 0)
    die("broker", "did not start");
  *stop = down[1];
  return pid;
}

/* --- librdkafka alone --- */

static size_t reported;

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
  (void)rk;
  (void)opaque;
  if (message->err)
    die("production", rd_kafka_err2str(message->err));
  reported++;
}

static const char *const settings[][2] = {
    {"enable.idempotence", "true"},   {"acks", "all"},
    {"compression.codec", "lz4"},     {"partitioner", "murmur2_random"},
    {"message.max.bytes", "5242880"},
};

static result prebuilt(size_t count)
{
  char words[200];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, words, sizeof(words));
  for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
    rd_kafka_conf_set(conf, settings[i][0], settings[i][1], words, sizeof(words));
  rd_kafka_conf_set_dr_msg_cb(conf, on_report);
  double c = cpu(), t = now();
  rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
  rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "MetadataChangeProposal_v1", NULL);
  reported = 0;
  for (size_t i = 0; i < count; i++) {
    const made *m = &all[i % URNS];
    while (rd_kafka_produce(rkt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, m->message, m->size,
                            m->record.urn.ptr, m->record.urn.len, NULL))
      rd_kafka_poll(rk, 10);
    rd_kafka_poll(rk, 0);
  }
  while (reported < count)
    rd_kafka_poll(rk, 100);
  result r = {now() - t, cpu() - c};
  rd_kafka_topic_destroy(rkt);
  rd_kafka_destroy(rk);
  return r;
}

/* --- the emitter --- */

static result emitted(size_t count, const char *registry)
{
  dh_error error;
  dh_context *context = dh_context_new(NULL, &error);
  dh_config *sink = dh_config_new_map("bench");
  dh_config_set(sink, "type", "datahub-kafka", &error);
  dh_config_set(sink, "config.connection.bootstrap", bootstrap, &error);
  dh_config_set(sink, "config.connection.schema_registry_url", registry, &error);
  dh_config_set(sink, "config.max_per_batch", "200", &error);
  dh_config_set(sink, "config.max_pending_requests", "20000", &error);
  dh_config_set(sink, "config.max_pending_bytes", "64M", &error);
  double c = cpu(), t = now();
  dh_emitter *e = dh_emitter_open(context, sink, NULL, &error);
  if (!e)
    die("emitter", error.message);
  dh_record records[200];
  for (size_t i = 0; i < count;) {
    size_t n = 0;
    for (; n < 200 && i < count; n++, i++)
      records[n] = all[i % URNS].record;
    if (dh_emitter_emit_records(e, records, n, NULL, 0, &error))
      die("emit", error.message);
  }
  if (dh_emitter_flush(e, -1, &error))
    die("flush", error.message);
  result r = {now() - t, cpu() - c};
  dh_emitter_stats stats = {.struct_size = sizeof(stats)};
  dh_emitter_get_stats(e, &stats);
  if (stats.delivered != count)
    die("emit", "not all were delivered");
  dh_emitter_close(e, -1, &error);
  dh_config_free(sink);
  dh_context_free(context);
  return r;
}

/* --- the encoders --- */

static double by_hand(size_t count)
{
  text out = {0};
  double t = cpu();
  for (size_t i = 0; i < count; i++) {
    out.size = 0;
    if (kafka_encode(&all[i % URNS].record, 1, &out))
      die("encode", "refused");
  }
  double seconds = cpu() - t;
  text_free(&out);
  return seconds;
}

static avro_value_t field(avro_value_t *record, const char *name)
{
  avro_value_t value;
  if (avro_value_get_by_name(record, name, &value, NULL))
    die("avro-c", avro_strerror());
  return value;
}

static avro_value_t branch(avro_value_t *record, const char *name, int which)
{
  avro_value_t value = field(record, name), chosen;
  if (avro_value_set_branch(&value, which, &chosen))
    die("avro-c", avro_strerror());
  return chosen;
}

static void put(avro_value_t value, const char *words)
{
  avro_value_set_string_len(&value, words, strlen(words) + 1);
}

static void put_null(avro_value_t *record, const char *name)
{
  avro_value_t value = branch(record, name, 0);
  avro_value_set_null(&value);
}

static void fill(avro_value_t *v, const made *m)
{
  static const char *const absent[] = {"pipelineName",  "registryName",  "registryVersion",
                                       "version",       "schemaVersion", "aspectCreated",
                                       "aspectModified"};
  avro_value_reset(v);
  put_null(v, "auditHeader");
  put(field(v, "entityType"), "dataset");
  put(branch(v, "entityUrn", 1), m->urn);
  put_null(v, "entityKeyAspect");
  avro_value_t change = field(v, "changeType");
  avro_value_set_enum(&change, 0);
  put(branch(v, "aspectName", 1), "datasetProperties");
  avro_value_t aspect = branch(v, "aspect", 1), bytes = field(&aspect, "value");
  avro_value_set_bytes(&bytes, m->aspect, strlen(m->aspect));
  put(field(&aspect, "contentType"), "application/json");
  avro_value_t system = branch(v, "systemMetadata", 1), entry;
  avro_value_t observed = branch(&system, "lastObserved", 0);
  avro_value_set_long(&observed, 1615443388097);
  put(branch(&system, "runId", 0), "postgres-2026");
  put(branch(&system, "lastRunId", 0), "no-run-id-provided");
  avro_value_t map = branch(&system, "properties", 1);
  avro_value_add(&map, "clientId", &entry, NULL, NULL);
  put(entry, "datahub-c");
  avro_value_add(&map, "clientVersion", &entry, NULL, NULL);
  put(entry, "0.1.0");
  for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
    put_null(&system, absent[i]);
  put_null(v, "headers");
}

static double by_avro_c(size_t count)
{
  static char out[65536];
  avro_schema_t schema;
  avro_value_t v;
  if (avro_schema_from_json_length(kafka_schema, strlen(kafka_schema), &schema))
    die("avro-c", avro_strerror());
  avro_value_iface_t *iface = avro_generic_class_from_schema(schema);
  avro_generic_value_new(iface, &v);
  avro_writer_t writer = avro_writer_memory(out, sizeof(out));
  double t = cpu();
  for (size_t i = 0; i < count; i++) {
    const made *m = &all[i % URNS];
    fill(&v, m);
    avro_writer_reset(writer);
    if (avro_value_write(writer, &v))
      die("avro-c", avro_strerror());
  }
  double seconds = cpu() - t;
  const made *last = &all[(count - 1) % URNS];
  if (avro_writer_tell(writer) != (int64_t)last->size - KAFKA_FRAME_SIZE ||
      memcmp(out, last->message + KAFKA_FRAME_SIZE, last->size - KAFKA_FRAME_SIZE) != 0)
    die("avro-c", "writes other bytes than the encoder by hand");
  avro_writer_free(writer);
  avro_value_decref(&v);
  avro_value_iface_decref(iface);
  avro_schema_decref(schema);
  return seconds;
}

/* --- --- */

static int by_seconds(const void *a, const void *b)
{
  double x = ((const result *)a)->seconds, y = ((const result *)b)->seconds;
  return (x > y) - (x < y);
}

static result median(result *results, size_t count)
{
  qsort(results, count, sizeof(*results), by_seconds);
  return results[count / 2];
}

int main(int argc, char **argv)
{
  size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 300000;
  size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;
  const char *registry = getenv("BENCH_REGISTRY");
  result a[20], b[20];
  int stop, ended;
  if (!registry)
    die("BENCH_REGISTRY", "names no registry; run `make bench-kafka`");
  if (!count || !rounds || rounds > 20)
    die("usage", "bench_kafka [RECORDS [ROUNDS]]");
  pid_t broker = start_broker(&stop);
  for (int i = 0; i < URNS; i++)
    make(&all[i], i);
  for (size_t i = 0; i < rounds; i++) {
    a[i] = prebuilt(count);
    b[i] = emitted(count, registry);
  }
  close(stop);
  waitpid(broker, &ended, 0);
  double hand = by_hand(count), avro = by_avro_c(count);
  result p = median(a, rounds), e = median(b, rounds);
  printf("%zu records of %zu bytes, median of %zu rounds\n", count, all[0].size, rounds);
  printf("librdkafka, prebuilt messages  %8.0f records/s  %6.2f us CPU a record\n",
         (double)count / p.seconds, p.cpu / (double)count * 1e6);
  printf("emitter and datahub-kafka      %8.0f records/s  %6.2f us CPU a record\n",
         (double)count / e.seconds, e.cpu / (double)count * 1e6);
  printf("ratio of the rates             %8.2f  (to reach: 0.50)\n", p.seconds / e.seconds);
  printf("encoder by hand, from JSON     %8.0f ns CPU a record\n", hand / (double)count * 1e9);
  printf("avro-c, from read values       %8.0f ns CPU a record  (%.1f times as much)\n",
         avro / (double)count * 1e9, avro / hand);
  return 0;
}
