/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dhub-gms that was just built, running for one test, and calls to it.
 */
#ifndef TESTS_GMS_PROCESS_H
#define TESTS_GMS_PROCESS_H

#include <datahub/context.h>

#include <json-c/json.h>
#include <sys/types.h>

typedef struct gms_process {
  pid_t pid;
  int out; /* its standard output */
  unsigned port;
  char url[64];
} gms_process;

/* Starts it on a free port of 127.0.0.1 with these arguments more (ended by NULL), and waits
 * until it answers. Ends the test where it does not. */
void gms_start(gms_process *gms, const char *const *arguments);
/* Asks it to stop and returns its exit code; -1 where a signal ended it. */
int gms_stop(gms_process *gms);

typedef struct gms_answer {
  int status;
  char *text;
  json_object *json; /* NULL where the body is none */
  char *trace;       /* traceparent, or NULL */
  char *cookie;      /* Set-Cookie, or NULL */
  char *policy;      /* Content-Security-Policy, or NULL */
  char *restli;      /* X-RestLi-Error-Response, or NULL */
} gms_answer;
void gms_answer_clear(gms_answer *answer);

/* One request. `token` and `body` may be NULL; `headers` too, or pairs ended by a NULL name. */
gms_answer gms_call_with(const gms_process *gms, const char *method, const char *path,
                         const char *token, const char *body, const dh_http_header *headers);
gms_answer gms_call(const gms_process *gms, const char *method, const char *path, const char *token,
                    const char *body);

/* The text of a member at a path of keys and indexes ("value/values/0/x"), "" where there is
 * none; numbers and objects as JSON. Lives as long as the answer. */
const char *gms_at(const gms_answer *answer, const char *path);

#endif
