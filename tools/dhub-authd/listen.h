/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening socket: TCP, a Unix socket, or one that systemd hands over.
 */
#ifndef AUTHD_LISTEN_H
#define AUTHD_LISTEN_H

#include <datahub/error.h>

typedef struct authd_listener {
  int fd;
  char *unix_path; /* to be removed at the end, or NULL */
  char name[256];  /* "http://127.0.0.1:9099", "unix:/run/x", for messages */
  unsigned port;   /* of TCP, else 0 */
} authd_listener;

/* Opens `where`: "ADDRESS:PORT", "[IPV6]:PORT" or "unix:PATH", the last with the octal mode
 * `socket_mode`. A socket that systemd passed (LISTEN_PID, LISTEN_FDS; sd_listen_fds(3)) is
 * taken in its place; those variables are gone afterwards. On an error nothing is held. */
dh_status authd_listen(authd_listener *listener, const char *where, const char *socket_mode,
                       dh_error *error);
/* Removes the Unix socket's name; the descriptor is closed by whoever serves it. */
void authd_listener_end(authd_listener *listener);

/* Tells systemd "READY=1" and the like (sd_notify(3)); nothing where it is not asked. */
void authd_notify(const char *state);

#endif
