/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of credentials share: a clock that stands until it is moved, a context
 * whose log is kept, the modules that were just built.
 */
#ifndef DH_TESTS_AUTH_SUPPORT_H
#define DH_TESTS_AUTH_SUPPORT_H

#include "suite.h"
#include "support/tmpdir.h"

#include <datahub/credential.h>

typedef struct auth_fixture {
  _Atomic long long wall_ms, mono_ms;
  _Atomic long long tick_ms; /* by which each look at the monotonic clock moves it on */
  dh_clock clock;
  char log[65536]; /* all lines at debug level, each ended by '\n' */
  size_t log_size;
  dh_context *context;
  dh_error error;
} auth_fixture;

/* Ends all DATAHUB_* settings and HOME, starts the clock at 2026-01-01, makes a context. */
void auth_setup(auth_fixture *f);
void auth_teardown(auth_fixture *f);
/* Sets up to `most` variables, each "NAME=VALUE", as far as there is no NULL. */
void auth_set_environment(const char *const *settings, size_t most);
/* Moves both clocks. */
void auth_advance(auth_fixture *f, long long ms);

/* A configuration in libconfig's form. */
dh_config *auth_config(auth_fixture *f, const char *text);

/* Opens on a sink's configuration; fails the test where that fails. */
dh_credentials *auth_open(auth_fixture *f, const char *sink, const char *server);
/* Opens and expects a failure of that status, whose message holds `words`. */
void auth_open_fails(auth_fixture *f, const char *sink, const char *server, dh_status status,
                     const char *words);

/* What the next request would carry: "Bearer abc", or "none", or "status: message". Static. */
const char *auth_get(auth_fixture *f, dh_credentials *credentials);

/* The file's whole content, made with the mode. */
void auth_write(const char *path, const char *text, unsigned mode);

#endif
