/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Kafka sink from the inside. doc/kafka.md tells users what it does;
 * doc/internals/kafka.md tells its rules.
 *
 * kafka.c     the module: options, and what the host calls
 * worker.c    the one thread that speaks to Kafka
 * job.c       a batch on its way: what goes when, and what became of it
 * rest.c      what Kafka cannot carry, on the host's thread
 * producer.c  librdkafka's settings, and what its errors mean
 * oauth.c     the sink's credential as the brokers' token
 * registry.c  the schema's number
 * encode.c    a record as Avro
 */
#ifndef SINKS_KAFKA_SINK_H
#define SINKS_KAFKA_SINK_H

#include "../common/text.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>

typedef struct kafka_sink kafka_sink;
typedef struct kafka_job kafka_job;

typedef enum item_state { ITEM_WAITING, ITEM_FLYING, ITEM_SETTLED } item_state;

/* One record of a job. */
typedef struct kafka_item {
  kafka_job *job;
  item_state state;
  bool by_rest;
  dh_fate fate;        /* once settled */
  dh_error *error;     /* with it, or NULL */
  size_t offset, size; /* in the job's messages */
  dh_slice pieces[3];  /* of the request under way */
} kafka_item;

/* One batch. Belongs to one thread at a time: the worker, or, while its records go by
 * REST, the host's. */
struct kafka_job {
  kafka_job *next; /* in the one list that it is on */
  kafka_sink *sink;
  dh_batch *batch;
  text messages; /* lent to librdkafka until each is reported */
  bool prepared;
  bool mixed;  /* some records go by REST */
  bool failed; /* a record is to be sent again: nothing more is sent of this batch */
  size_t flying;
  size_t count;
  kafka_item items[];
};

typedef struct kafka_list {
  kafka_job *head, *tail;
} kafka_list;

/* What the brokers are told of who we are. */
typedef struct kafka_oauth {
  bool used;
  char *server;            /* "https://HOST:PORT" of the first broker: what the credential is for */
  const char **extensions; /* key, value, ... */
  size_t extension_count;
  char *extension_text;
  pthread_mutex_t lock;
  dh_credential *last; /* the one that was handed over */
} kafka_oauth;

typedef struct kafka_registry {
  char *url; /* without a slash at its end */
  char *subject;
  const char *ca_file, *cert_file, *key_file;
  dh_secret *authorization; /* the header's value, or NULL */
  bool bearer_of_sink;      /* the sink's credential is the header's */
  char *logical_cluster, *identity_pool;
  bool insecure;
  enum { REGISTRY_REGISTER, REGISTRY_LOOKUP, REGISTRY_LATEST } how;
  int64_t timeout_ms;
} kafka_registry;

typedef struct kafka_rest {
  char *server; /* NULL: there is no fallback */
  dh_http_header *headers;
  size_t header_count;
  const char *ca_file, *cert_file, *key_file;
  int64_t timeout_ms;
  bool insecure;
} kafka_rest;

struct kafka_sink {
  const dh_host *host;
  const dh_options *options;
  char *bootstrap;
  const char *topic;
  int64_t max_block_ms;
  kafka_registry registry;
  kafka_rest rest;
  kafka_oauth oauth;

  /* The worker's own. */
  rd_kafka_t *rk;
  rd_kafka_topic_t *rkt;
  size_t max_message;      /* librdkafka's message.max.bytes */
  int32_t schema_id;       /* -1: not known yet */
  bool broken;             /* the producer must be made anew */
  unsigned auth_failures;  /* since the last delivery */
  int64_t quiet_until_ms;  /* librdkafka's repeated errors are not logged before */
  kafka_list landed;       /* jobs of which nothing is under way */
  dh_error registry_error; /* of the last try, told again for a moment */
  int64_t registry_again_ms;

  pthread_t thread;
  bool started;
  int wake; /* eventfd: the inbox, or librdkafka, has something */

  pthread_mutex_t lock;
  kafka_list inbox;  /* for the worker */
  kafka_list outbox; /* for the host's thread: records that go by REST */
  bool stop;
  dh_error fatal; /* why nothing can be sent until a person acts */
};

/* worker.c */
dh_status worker_start(kafka_sink *sink, dh_error *error);
void worker_stop(kafka_sink *sink);
void worker_give(kafka_sink *sink, kafka_job *job);
bool worker_stopping(kafka_sink *sink);
/* From any thread: nothing can succeed from now on. */
void sink_set_fatal(kafka_sink *sink, const dh_error *why);
bool sink_fatal(kafka_sink *sink, dh_error *error);
/* Lets librdkafka work for at most `timeout_ms`; the worker alone. */
void worker_serve(kafka_sink *sink, int timeout_ms);

void list_add(kafka_list *list, kafka_job *job);
kafka_job *list_take(kafka_list *list);

/* job.c */
kafka_job *job_new(kafka_sink *sink, dh_batch *batch);
/* Takes it on as far as it goes; the worker alone. */
void job_advance(kafka_job *job);
void job_settle(kafka_item *item, dh_fate fate, const dh_error *error);
/* The same where the record may be sent again. */
void job_fail(kafka_item *item, const dh_error *error);
/* What came of a record that was handed to librdkafka. */
void job_report(kafka_item *item, dh_fate fate, const dh_error *error);
/* Reports all, what is not settled as to be sent again; `why` may be NULL. Frees. */
void job_finish(kafka_job *job, const dh_error *why);
/* Whether all that is before it for its URN is settled. */
bool job_is_next(const kafka_item *item);
bool job_is_over(const kafka_job *job);
const dh_record *job_record(const kafka_item *item);

/* producer.c */

/* librdkafka has this setting only in builds with its own OIDC; here it is oauth.c's. */
#define OAUTH_EXTENSIONS "sasl.oauthbearer.extensions"
/* Whether a key in the configuration is this setting, underscores standing for dots. */
static inline bool is_key(const char *key, const char *name)
{
  while (*key && (*key == *name || (*key == '_' && *name == '.'))) {
    key++;
    name++;
  }
  return !*key && !*name;
}

dh_status producer_open(kafka_sink *sink, dh_error *error);
void producer_close(kafka_sink *sink);
/* DH_OK: handed over, its delivery will be reported. DH_TIMEOUT: the queue is full. */
dh_status producer_send(kafka_item *item, dh_error *error);

/* oauth.c */
dh_status oauth_configure(kafka_sink *sink, rd_kafka_conf_t *conf, dh_error *error);
void oauth_refresh(rd_kafka_t *rk, const char *config, void *opaque);
void oauth_refused(kafka_sink *sink);
void oauth_end(kafka_sink *sink);

/* registry.c */
dh_status registry_configure(kafka_sink *sink, dh_error *error);
/* The schema's number; blocks. DH_UNAVAILABLE, DH_TIMEOUT: try again; else it cannot work. */
dh_status registry_get(kafka_sink *sink, int32_t *id, dh_error *error);
void registry_end(kafka_sink *sink);
/* What a registry answers: its "id", and whether its "schema" is the one we write. */
bool registry_read_id(const char *body, size_t size, int32_t *id);
bool registry_schema_is_ours(const char *body, size_t size);

/* rest.c */
dh_status rest_configure(kafka_sink *sink, dh_error *error);
/* Whether Kafka's consumers would refuse it. */
bool rest_needed(const dh_record *record);
/* Takes a job on; the host's thread alone. */
void rest_advance(kafka_job *job);
/* The same with all that the worker has left for it. */
void rest_drain(kafka_sink *sink);
void rest_end(kafka_sink *sink);

#endif
