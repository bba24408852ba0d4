/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dhub-authd that was just built, running for one test; tokens for it; and requests to it,
 * byte for byte as the test wrote them. All end the test where they fail.
 */
#ifndef TESTS_AUTHD_PROCESS_H
#define TESTS_AUTHD_PROCESS_H

#include <datahub/token.h>

#include <stdbool.h>
#include <sys/types.h>

#define AUTHD_KEY "an-example-signing-key-of-the-tests"
#define AUTHD_SALT "an-example-salt"

typedef struct authd_process {
  char *dir; /* its configuration, its store, and what it prints */
  dh_context *context;
  dh_pat_store *store;
  pid_t pid;
  unsigned port;
  char unix_path[108]; /* where it listens there, else "" */
} authd_process;

/* A folder with an empty store; nothing runs yet. */
void authd_prepare(authd_process *authd);
/* Writes authd.cfg: the stack `stack` (NULL: PATs of the store), then `rest`, which may be a map
 * `authd` without `listen` in it. */
void authd_configure(const authd_process *authd, const char *stack, const char *cache,
                     const char *options);
/* Starts it on a free port, or where `listen` says, and waits until it answers. */
void authd_start(authd_process *authd, const char *listen);
/* The same on a socket that listens already, handed over as systemd does. */
void authd_start_with_socket(authd_process *authd, int fd);
/* Asks it to stop; its exit code, -1 where a signal ended it, which is printed with what it said.
 */
int authd_stop(authd_process *authd);
/* Stops it if it runs, removes all. */
void authd_end(authd_process *authd);

/* What it printed so far; the caller frees. */
char *authd_out(const authd_process *authd);
char *authd_err(const authd_process *authd);
/* Waits until its standard error holds `words`. */
void authd_wait_for(const authd_process *authd, const char *words);

/* "Bearer ..." with a new PAT, entered in the store where it is of version "2"; freed by the
 * caller. `id` may be NULL. `expires_in_ms` 0: never. */
char *authd_issue(const authd_process *authd, const char *version, const char *actor,
                  int64_t expires_in_ms, char id[DH_PAT_ID_SIZE]);

typedef struct authd_reply {
  int status; /* 0: the connection was closed without an answer */
  char head[65536];
  char body[65536];
} authd_reply;

/* A new connection. */
int authd_connect(const authd_process *authd);
/* Sends bytes; they may be refused half-way. */
void authd_send(int fd, const char *bytes, size_t size);
/* Reads one answer. */
void authd_read(int fd, authd_reply *reply);
/* The value of a header without spaces around it, in storage of the reply's; NULL: none. */
const char *authd_header_of(authd_reply *reply, const char *name);
/* How many headers have this name. */
size_t authd_count_of(const authd_reply *reply, const char *name);

/* GET on a connection that is kept open; `headers` are whole lines, or "". */
void authd_get(int fd, const char *path, const char *headers, authd_reply *reply);
/* The same on a connection of its own. `authorization` may be NULL. */
int authd_ask(const authd_process *authd, const char *authorization, authd_reply *reply);
/* The value of a metric, -1 where there is none. */
long long authd_metric(const authd_process *authd, const char *name);

#endif
