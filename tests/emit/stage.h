/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of faults share: a server that goes through a script, an emitter on it, a
 * folder. fixture_close() checks that every record was accounted for once.
 */
#ifndef DH_TESTS_EMIT_STAGE_H
#define DH_TESTS_EMIT_STAGE_H

#include "emit/fixture.h"
#include "emit/script.h"
#include "suite.h"
#include "support/tmpdir.h"

extern fixture f;
extern test_server *server;
extern char *dir;

void stage_setup(void);
void stage_teardown(void);
/* A case with these two. */
TCase *stage_case(const char *name);

/* The server goes through `steps`, kept by the caller; the emitter's sink is on it. */
void stage_start(const step *steps, size_t count);
#define START(...)                                                                                 \
  do {                                                                                             \
    static const step steps[] = {__VA_ARGS__};                                                     \
    stage_start(steps, sizeof(steps) / sizeof(steps[0]));                                          \
  } while (0)
/* The same over TLS, with the certificate NAME.pem of test_certs_make(); `client_ca`, where not
 * NULL, names the file whose clients it wants. The sink trusts ca.pem. */
void stage_start_tls(const char *name, const char *client_ca);
/* A key of the sink's with the path of a file in the folder. */
void stage_set_path(const char *key, const char *file);

dh_emitter_stats stage_stats(void);
/* Emits ten records over three datasets, in one batch, and wants all delivered. */
void stage_all_arrive(void);
/* That the request holds the records 0 to `count` - 1, each once, those of each of `urns` datasets
 * (at most 16) in order. */
void stage_check_body(const test_request *request, size_t count, size_t urns);
/* stage_all_arrive() in exactly this many requests, the last of which holds all ten in order. */
void stage_survives(size_t requests);

#endif
