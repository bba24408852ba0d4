/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to the server of a connection, with its credential.
 */
#ifndef DHUB_REQUEST_H
#define DHUB_REQUEST_H

#include "connect.h"

#include <datahub/credential.h>

#include <stddef.h>
#include <time.h>

typedef struct dhub_reply {
  long status; /* of HTTP */
  char *body;  /* NUL-terminated */
  size_t size;
  char *url;     /* that was asked, for messages */
  char *refusal; /* with a 401: what is known of the credential that was sent */
  time_t date;   /* what the server's clock said, -1 where it did not say */
} dhub_reply;

/*
 * Sends METHOD to the server's address followed by `path` ("/config") and waits. `body` is
 * JSON, or NULL. A 401 is answered by one more try with a fresh credential. Returns DHUB_OK
 * where an answer came, whatever its status; otherwise the exit code after having printed
 * why. dhub_reply_free() in either case.
 */
int dhub_request(dhub_connection *connection, const char *method, const char *path,
                 const char *body, dhub_reply *reply);

/*
 * One request as it stands, to `reply->url`, with that credential or none (NULL), without a
 * second try. DH_OK where an answer came.
 */
dh_status dhub_send(dhub_connection *connection, const char *method, const char *body,
                    const dh_credential *credential, dhub_reply *reply, dh_error *error);

/* What an answer that is not 2xx comes to: prints what the server said (never its stack
 * trace) and what to do, and returns the exit code; DHUB_OK where it is 2xx. */
int dhub_reply_check(dhub_connection *connection, const dhub_reply *reply);

void dhub_reply_free(dhub_reply *reply);

#endif
