/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host that the conformance suite shows to a module: it answers HTTP from a list of
 * good, bad and hostile answers without a network, fails the Nth service that may fail,
 * reads what the module says for secrets, and counts what the module does not give back.
 */
#ifndef DHUB_PLUGIN_FAKE_H
#define DHUB_PLUGIN_FAKE_H

#include "plugin_probe.h"

#include <pthread.h>

#define DHUB_FAKE_FORBIDDEN 32

struct dh_credential {
  char *scheme, *token_type;
  dh_secret *value;
  int64_t expires_at_ms, recheck_ms;
};

struct dh_principal {
  char *text[8];
  int64_t expires_at_ms;
};

struct dh_http_response {
  int status;
  const char *body;
};

typedef struct dhub_pending {
  struct dhub_pending *next;
  dh_http_done done;
  void *arg;
} dhub_pending;

typedef struct dhub_fake {
  dh_host host; /* first */
  dhub_probe *probe;
  pthread_mutex_t lock;
  size_t calls;              /* of services that may fail */
  size_t fail_at;            /* which of them fails: 1, 2, ...; 0: none */
  const char *failed;        /* the service that did */
  size_t asked;              /* HTTP requests made */
  size_t secrets, responses; /* that the module holds */
  int answer;                /* which HTTP answer */
  dhub_pending *pending;
  const char *forbidden[DHUB_FAKE_FORBIDDEN]; /* what no log line and no error may show */
  size_t forbidden_count;
} dhub_fake;

void dhub_fake_init(dhub_fake *fake, dhub_probe *probe);
/* How many HTTP answers there are; `answer` counts from 0. */
int dhub_fake_answers(void);
/* In words, for a step. */
const char *dhub_fake_answer_name(int answer);
/* `text`, where it is long enough to be searched for, must not be shown. */
void dhub_fake_forbid(dhub_fake *fake, const char *text);
/* True where this call of a service is the one to fail. */
bool dhub_fake_fails(dhub_fake *fake, const char *service);
/* Tells the module about the requests that it started; true where there was one. */
bool dhub_fake_pump(dhub_fake *fake);
/* After `close`: what the module still holds is a fault. */
void dhub_fake_settle(dhub_fake *fake, const char *role);
void dhub_fake_check_text(dhub_fake *fake, const char *where, const char *text);

dh_credential *dhub_fake_credential_new(void);
void dhub_fake_credential_free(dh_credential *credential);
dh_principal *dhub_fake_principal_new(void);
void dhub_fake_principal_free(dh_principal *principal);

/* Batches: plugin_sink.c. */
void dhub_fake_batches(dh_host *host);

#endif
