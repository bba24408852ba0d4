/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verifier with one module, and an issuer on a real socket whose answers a test writes.
 */
#ifndef DH_TESTS_VERIFYING_H
#define DH_TESTS_VERIFYING_H

#include "suite.h"
#include "support/server.h"
#include "support/tmpdir.h"

#include "token/forge.h"

#include <datahub/verifier.h>

#include <stdatomic.h>

typedef struct verifying {
  dh_context *context;
  dh_verifier *verifier; /* closed with the fixture; NULL until opened */
  test_server *server;
  char *folder;
} verifying;

extern verifying v;

void verifying_setup(void);
void verifying_teardown(void);
/* A case with both, and time enough. */
TCase *verifying_case(const char *name);

/* The context's clocks: the real time, and what was added. */
void verifying_pass(int64_t ms);
int64_t verifying_wall_ms(void);

/* What the server says from now on. It answers a request for a discovery document of itself. */
void verifying_answer(int code, const char *extra, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* From now on it keeps each request waiting until test_server_release(), and answers it then as
 * was written last. */
void verifying_hold(void);

/* What was logged from warnings on; borrowed until the next call. */
const char *verifying_said(void);

/* One required module, nothing remembered. */
dh_status verifying_open(const char *plugin, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same with those settings of the cache. */
dh_status verifying_open_cached(const char *cache, const char *plugin, const char *config);

/* `who` may be NULL. */
dh_status verifying_check(const char *scheme, const char *token, dh_principal **who);

/* --- tokens of the server's --- */

/* Publishes one key, or two. */
void verifying_publish(const char *extra, const dh_key *first, const char *first_kid,
                       const dh_key *second, const char *second_kid);
/* A token for "datahub" and "other", signed with ES256; freed by the caller. `more` are claims,
 * each behind a comma. */
char *verifying_issue(const dh_key *key, const char *kid, const char *more);
/* What comes of such a one. */
dh_status verifying_check_issued(const dh_key *key, const char *kid);

/* The beginning of the module's options; "%s" is the server's URL. */
#define VERIFYING_JWT                                                                              \
  "issuers = (\"%s\"); audiences = (\"datahub\"); algorithms = (\"ES256\", \"RS256\"); "
/* Opens jwt for the server's keys. */
void verifying_open_jwt(const char *more);

#endif
