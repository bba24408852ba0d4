/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"

#include "../../../sinks/kafka/encode.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cluster_registry(void *arg, const test_request *request, test_conn *conn)
{
  char answer[60];
  (void)arg;
  (void)request;
  snprintf(answer, sizeof(answer), "{\"id\":%d}", SCHEMA_ID);
  test_reply_text(conn, 200, answer);
}

static void no_log(const rd_kafka_t *rk, int level, const char *facility, const char *words)
{
  (void)rk;
  (void)level;
  (void)facility;
  (void)words;
}

void cluster_start(cluster *c, int brokers, int partitions)
{
  char words[200];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(conf, no_log);
  c->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
  ck_assert_msg(c->rk != NULL, "%s", words);
  c->mock = rd_kafka_mock_cluster_new(c->rk, brokers);
  ck_assert_ptr_nonnull(c->mock);
  c->bootstrap = strdup(rd_kafka_mock_cluster_bootstraps(c->mock));
  rd_kafka_mock_topic_create(c->mock, TOPIC, partitions, brokers);
  c->registry = test_server_start(cluster_registry, NULL);
}

void cluster_stop(cluster *c)
{
  test_server_stop(c->registry);
  rd_kafka_mock_cluster_destroy(c->mock);
  rd_kafka_destroy(c->rk);
  free(c->bootstrap);
}

void cluster_fixture(cluster *c, fixture *f)
{
  fixture_init(f, "datahub-kafka", NULL);
  fixture_set(f, "connection.bootstrap", c->bootstrap);
  fixture_set(f, "connection.schema_registry_url", test_server_url(c->registry));
  fixture_set(f, "connection.producer_config.linger_ms", "1");
  fixture_set(f, "connection.producer_config.retry_backoff_ms", "10");
  fixture_set(f, "connection.producer_config.reconnect_backoff_ms", "10");
  fixture_set(f, "connection.producer_config.reconnect_backoff_max_ms", "50");
}

/* --- reading --- */

static void assign_all(rd_kafka_t *consumer)
{
  const rd_kafka_metadata_t *metadata;
  rd_kafka_topic_t *topic = rd_kafka_topic_new(consumer, TOPIC, NULL);
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
  ck_assert_int_eq(rd_kafka_metadata(consumer, 0, topic, &metadata, 20000), 0);
  ck_assert_int_eq(metadata->topic_cnt, 1);
  for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
    rd_kafka_topic_partition_list_add(list, TOPIC, metadata->topics[0].partitions[i].id)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  ck_assert_int_eq(rd_kafka_assign(consumer, list), 0);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(topic);
}

/* How many messages the assigned partitions hold, by their watermarks: an end of a partition
 * that is told twice, or before the last fetch, must not end the reading. */
static int64_t messages_held(rd_kafka_t *consumer)
{
  rd_kafka_topic_partition_list_t *list = NULL;
  int64_t count = 0;
  ck_assert_int_eq(rd_kafka_assignment(consumer, &list), 0);
  for (int i = 0; i < list->cnt; i++) {
    int64_t low = 0, high = 0;
    ck_assert_int_eq(rd_kafka_query_watermark_offsets(consumer, TOPIC, list->elems[i].partition,
                                                      &low, &high, 20000),
                     0);
    count += high - low;
  }
  rd_kafka_topic_partition_list_destroy(list);
  return count;
}

static void keep(messages *m, const rd_kafka_message_t *from)
{
  m->at = realloc(m->at, (m->count + 1) * sizeof(message));
  message *to = &m->at[m->count++];
  to->key_size = from->key_len;
  to->key = strndup(from->key ? from->key : "", from->key_len);
  to->size = from->len;
  to->value = malloc(from->len + 1);
  memcpy(to->value, from->payload, from->len);
  to->value[from->len] = '\0';
  to->partition = from->partition;
}

messages cluster_read(cluster *c)
{
  messages m = {0};
  char words[200];
  static const char *const settings[][2] = {
      {"group.id", "test"}, {"enable.auto.commit", "false"}, {"fetch.wait.max.ms", "50"}};
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(conf, no_log);
  rd_kafka_conf_set(conf, "bootstrap.servers", c->bootstrap, words, sizeof(words));
  for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
    rd_kafka_conf_set(conf, settings[i][0], settings[i][1], words, sizeof(words));
  rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, words, sizeof(words));
  ck_assert_ptr_nonnull(consumer);
  rd_kafka_poll_set_consumer(consumer);
  assign_all(consumer);
  for (int64_t left = messages_held(consumer); left > 0;) {
    rd_kafka_message_t *got = rd_kafka_consumer_poll(consumer, 20000);
    ck_assert_msg(got != NULL, "the topic's end was not reached in 20 s");
    if (!got->err) {
      keep(&m, got);
      left--;
    }
    rd_kafka_message_destroy(got);
  }
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  return m;
}

void messages_free(messages *m)
{
  for (size_t i = 0; i < m->count; i++) {
    free(m->at[i].key);
    free(m->at[i].value);
  }
  free(m->at);
  memset(m, 0, sizeof(*m));
}

/* --- Avro --- */

avro_value_t decode(const void *bytes, size_t size)
{
  avro_schema_t schema;
  avro_value_t value;
  const unsigned char *frame = bytes;
  ck_assert_uint_gt(size, KAFKA_FRAME_SIZE);
  ck_assert_uint_eq(frame[0], 0);
  ck_assert_int_eq(frame[1] << 24 | frame[2] << 16 | frame[3] << 8 | frame[4], SCHEMA_ID);
  ck_assert_msg(!avro_schema_from_json_length(kafka_schema, strlen(kafka_schema), &schema), "%s",
                avro_strerror());
  avro_value_iface_t *iface = avro_generic_class_from_schema(schema);
  avro_generic_value_new(iface, &value);
  /* One byte more than there is: a reader that wants it is seen. */
  avro_reader_t reader =
      avro_reader_memory((const char *)bytes + KAFKA_FRAME_SIZE, (int64_t)size - KAFKA_FRAME_SIZE);
  ck_assert_msg(!avro_value_read(reader, &value), "%s", avro_strerror());
  char rest;
  ck_assert_msg(avro_read(reader, &rest, 1) != 0, "there are bytes behind the record");
  avro_reader_free(reader);
  avro_value_iface_decref(iface);
  avro_schema_decref(schema);
  return value;
}

void decode_free(avro_value_t *value)
{
  avro_value_decref(value);
}

static avro_value_t look_through(avro_value_t value)
{
  avro_value_t branch;
  while (avro_value_get_type(&value) == AVRO_UNION) {
    avro_value_get_current_branch(&value, &branch);
    value = branch;
  }
  return value;
}

static const char *show(avro_value_t *value)
{
  static char texts[4][4096];
  static unsigned turn;
  char *out = texts[turn++ % 4];
  const void *bytes;
  const char *words = "";
  size_t size = 0;
  int64_t number = 0;
  int symbol = 0;
  switch (avro_value_get_type(value)) {
  case AVRO_NULL:
    return "(null)";
  case AVRO_STRING:
    avro_value_get_string(value, &words, &size);
    snprintf(out, 4096, "%s", words);
    break;
  case AVRO_BYTES:
    avro_value_get_bytes(value, &bytes, &size);
    snprintf(out, 4096, "%.*s", (int)size, (const char *)bytes);
    break;
  case AVRO_INT64:
    avro_value_get_long(value, &number);
    snprintf(out, 4096, "%lld", (long long)number);
    break;
  case AVRO_ENUM:
    avro_value_get_enum(value, &symbol);
    snprintf(out, 4096, "%s", avro_schema_enum_get(avro_value_get_schema(value), symbol));
    break;
  case AVRO_MAP:
    avro_value_get_size(value, &size);
    snprintf(out, 4096, "(map of %zu)", size);
    break;
  default:
    return "(something)";
  }
  return out;
}

const char *text_at(avro_value_t *value, const char *path)
{
  avro_value_t at = *value, next;
  char name[100];
  while (*path) {
    size_t n = strcspn(path, ".");
    snprintf(name, sizeof(name), "%.*s", (int)n, path);
    at = look_through(at);
    if (avro_value_get_type(&at) == AVRO_NULL)
      return "(null)";
    ck_assert_msg(!avro_value_get_by_name(&at, name, &next, NULL), "there is no %s", name);
    at = next;
    path += n + (path[n] == '.');
  }
  at = look_through(at);
  return show(&at);
}

/* --- emitting --- */

static dh_status emit_json(fixture *f, dh_change_type type, const char *urn,
                           const char *aspect_name, const char *proposal, dh_error *error)
{
  dh_record record = {.struct_size = sizeof(record),
                      .change_type = type,
                      .entity_type = {"dataset", 7},
                      .urn = {urn, strlen(urn)},
                      .aspect_name = {aspect_name, strlen(aspect_name)},
                      .content_type = {"application/json", 16},
                      .proposal = {proposal, strlen(proposal)}};
  dh_status status =
      dh_emitter_emit_records(f->emitter, &record, 1, (void *)(uintptr_t)f->emitted, 0, error);
  if (!status)
    f->emitted++;
  return status;
}

dh_status emit_typed(fixture *f, dh_change_type type, const char *urn, const char *aspect_name,
                     dh_error *error)
{
  char proposal[1200];
  snprintf(proposal, sizeof(proposal),
           "{\"entityType\":\"dataset\",\"entityUrn\":\"%s\",\"changeType\":\"%s\","
           "\"aspectName\":\"%s\",\"aspect\":{\"contentType\":\"application/json\","
           "\"value\":\"{\\\"number\\\":%zu}\"}}",
           urn, dh_change_type_name(type), aspect_name, f->emitted);
  return emit_json(f, type, urn, aspect_name, proposal, error);
}

dh_status emit_padded(fixture *f, const char *urn, size_t padding, dh_error *error)
{
  char *proposal = NULL, *spaces = malloc(padding + 1);
  memset(spaces, ' ', padding);
  spaces[padding] = '\0';
  ck_assert_int_gt(
      asprintf(&proposal,
               "{\"entityType\":\"dataset\",\"entityUrn\":\"%s\",\"changeType\":\"UPSERT\","
               "\"aspectName\":\"status\",\"aspect\":{\"contentType\":\"application/json\","
               "\"value\":\"{\\\"number\\\":%zu}%s\"}}",
               urn, f->emitted, spaces),
      0);
  dh_status status = emit_json(f, DH_UPSERT, urn, "status", proposal, error);
  free(proposal);
  free(spaces);
  return status;
}
