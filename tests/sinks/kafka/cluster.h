/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Kafka cluster in this process (librdkafka's mock brokers), a schema registry on a
 * loopback socket, a reader of what arrived, and Avro read by avro-c.
 */
#ifndef DH_TESTS_KAFKA_CLUSTER_H
#define DH_TESTS_KAFKA_CLUSTER_H

#include "emit/fixture.h"

#include <avro.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#define TOPIC "MetadataChangeProposal_v1"
#define SCHEMA_ID 77

/* Kafka's numbers of its requests. */
#define API_PRODUCE 0
#define API_INIT_PRODUCER_ID 22

typedef struct cluster {
  rd_kafka_t *rk;
  rd_kafka_mock_cluster_t *mock;
  char *bootstrap;
  test_server *registry;
} cluster;

/* A registry that knows our schema as SCHEMA_ID, and brokers with the topic. */
void cluster_start(cluster *c, int brokers, int partitions);
void cluster_stop(cluster *c);
/* Answers what a registry answers; a handler of test_server. */
void cluster_registry(void *arg, const test_request *request, test_conn *conn);

/* A fixture whose sink is datahub-kafka on this cluster, quick to give up. */
void cluster_fixture(cluster *c, fixture *f);

typedef struct message {
  char *key;
  size_t key_size;
  char *value;
  size_t size;
  int32_t partition;
} message;

typedef struct messages {
  message *at;
  size_t count;
} messages;

/* All that is on the topic, in the order of each partition. */
messages cluster_read(cluster *c);
void messages_free(messages *m);

/* The record of a framed message, read with the sink's own schema; all bytes must be used. */
avro_value_t decode(const void *bytes, size_t size);
void decode_free(avro_value_t *value);
/* The text at a path of fields ("systemMetadata.runId", "headers.KEY"), unions looked
 * through; "(null)" where a union holds null. Static until the next call but three. */
const char *text_at(avro_value_t *value, const char *path);

/* Emits a record of this type with a numbered aspect; as fixture_emit(). */
dh_status emit_typed(fixture *f, dh_change_type type, const char *urn, const char *aspect_name,
                     dh_error *error);
/* The same with `padding` bytes more in the aspect. */
dh_status emit_padded(fixture *f, const char *urn, size_t padding, dh_error *error);

#endif
