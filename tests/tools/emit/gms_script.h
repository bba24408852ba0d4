/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scripted GMS for one test of `dhub`, a folder for its files, and records to send.
 */
#ifndef TESTS_EMIT_GMS_SCRIPT_H
#define TESTS_EMIT_GMS_SCRIPT_H

#include "support/program.h"
#include "support/server.h"
#include "support/tmpdir.h"

typedef struct gms_script {
  test_server *server;
  char *folder;
} gms_script;

/* Fixtures for Check: they make and end this one. */
extern gms_script script;
void script_setup(void);
void script_teardown(void);

/* What it does with the POSTs from now on, but for answering {"value":"success"}. */
void script_hold(void);                /* it waits for test_server_release() first */
void script_refuse(const char *text);  /* 422 to what holds this text; NULL: to nothing */
void script_answer_status(int status); /* this status in place of 200 */

/* "FOLDER/NAME", kept until the end of the test. */
const char *script_path(const char *name);
/* A file of `count` records, tags t0, t1, ...; `odd` (may be NULL) is put before the last. */
const char *script_records(const char *name, int count, const char *odd);
/* One record of the tag NAME, in static memory of four turns. */
const char *record_of(const char *name);

/* How many POSTs came whose body holds `text`. */
size_t posts_with(const char *text);
/* Waits for the first of them. */
void wait_for_post(const char *text);

/* Runs `dhub` with these arguments. */
#define DHUB(program, ...)                                                                         \
  test_program_run(program, NULL, (const char *const[]){"dhub", __VA_ARGS__, NULL})

/* Wants this exit status and these words on standard error; shows both where not. */
void ended(test_program *program, int code, const char *words);

#endif
