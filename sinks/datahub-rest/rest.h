/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sink that posts records to DataHub's metadata service (GMS).
 *
 * rest.c    the module: open, submit, poll, close
 * config.c  its options, and what the environment sets
 * pem.c     a look at the TLS files that these name
 * plan.c    a batch divided into requests
 * body.c    a request's URL and body
 * job.c     one request after the other, until the fate of all records is told
 * answer.c  what GMS's answers mean, in words
 * trace.c   waiting for a write to be visible (ASYNC_WAIT)
 */
#ifndef SINK_REST_H
#define SINK_REST_H

#include <datahub/plugin.h>

#include "../common/text.h"

#include <stdbool.h>

typedef enum emit_mode { SYNC_PRIMARY, SYNC_WAIT, ASYNC, ASYNC_WAIT } emit_mode;

typedef struct rest {
  const dh_host *host;
  char *server; /* without a slash at its end */
  bool openapi;
  bool single; /* one record a request: mode SYNC or ASYNC */
  bool respect_sync_marker;
  emit_mode mode;
  int64_t timeout_ms;
  int64_t trace_timeout_ms;
  int64_t *retry_codes;
  size_t retry_count;
  bool retry_given; /* by the configuration: then these and no others */
  char *agent;
  dh_http_header *headers; /* names and values borrowed from the options */
  size_t header_count;
  const char *ca_file, *cert_file, *key_file, *proxy;
  uint32_t http_flags;
  struct job *traced; /* jobs that wait for their next look */
  bool told_untraced;
} rest;

extern const dh_option rest_options[];
dh_status rest_configure(rest *sink, const dh_options *options, dh_error *error);
void rest_unconfigure(rest *sink);

/* Who named each TLS file: the option, or the variable that stands for it. */
typedef struct rest_tls_names {
  const char *ca, *cert, *key;
} rest_tls_names;
/* That the files can be read and hold what they are to hold. DH_MISCONFIGURED; DH_NO_MEMORY. */
dh_status rest_check_pem(rest *sink, const rest_tls_names *names, dh_error *error);

/* How records travel. */
typedef enum route {
  RESTLI_BATCH,
  RESTLI_ONE,
  RESTLI_DELETE,
  OPENAPI_POST,
  OPENAPI_PATCH,
  OPENAPI_DELETE,
  NO_ROUTE /* none: GMS has no such request */
} route;

/* One request: `count` places of the job's `order` from `from` on. */
typedef struct request_plan {
  route route;
  size_t from, count;
} request_plan;

/* A record of the batch. */
typedef struct job_place {
  size_t index;
  const dh_record *record;
} job_place;

/* A batch under way. */
typedef struct job {
  rest *sink;
  dh_batch *batch;
  struct job *next;
  size_t count;
  job_place *order; /* the batch's records, as they are sent */
  request_plan *plans;
  size_t plan_count, plan; /* which is under way */
  bool async;
  /* the request under way */
  text url, body;
  dh_slice *pieces;
  size_t piece_count, size;
  /* waiting for a write */
  char trace_id[33];
  int64_t trace_until_ms, trace_next_ms, trace_wait_ms;
} job;

/* plan.c: divides the batch. DH_NO_MEMORY. */
dh_status job_plan(job *j, dh_error *error);

/* body.c: fills url, pieces and size for the request under way. DH_NO_MEMORY; DH_MALFORMED. */
dh_status job_write(job *j, dh_error *error);
const char *route_method(route r);
static inline const dh_record *job_record(const job *j, size_t place)
{
  return j->order[place].record;
}

/* job.c */
void job_free(job *j);
void job_go_on(job *j);
/* The records of the request under way have this fate; then the next request, or, where it
 * is not DH_DELIVERED, none of the others: they are to be tried again. */
void job_told(job *j, dh_fate fate, const dh_error *error);
dh_status rest_send(rest *sink, const char *method, const char *url, const dh_slice *pieces,
                    size_t count, size_t size, dh_http_done done, void *arg, dh_error *error);

/* answer.c: what an answer, or its absence, means for the records of the request. */
dh_fate answer_fate(rest *sink, dh_status status, const dh_http_response *response,
                    const dh_error *why, dh_error *error);
/* GMS's own words in the body of an error: without the stack trace, on one line. */
void answer_words(const char *body, size_t size, char *out, size_t out_size);
/* Seconds or an HTTP date, as ms from now; -1 where unreadable. */
int64_t answer_retry_after(const char *value, int64_t now_wall_ms);

/* trace.c */
/* Takes the trace id from an answer, and has the job wait. False where there is none. */
bool trace_begin(job *j, const dh_http_response *response);
/* Looks again where it is time to. */
void trace_poll(rest *sink);
void trace_abandon(rest *sink);
bool trace_id_of(const char *traceparent, char id[33]);

typedef enum trace_state { TRACE_PENDING, TRACE_DONE, TRACE_FAILED, TRACE_UNREADABLE } trace_state;
trace_state trace_read(const char *body, size_t size, char *why, size_t why_size);

#endif
