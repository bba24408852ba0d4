/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An identity provider on a real socket, whose answers a test writes.
 */
#ifndef DH_TESTS_IDP_H
#define DH_TESTS_IDP_H

#include "auth/support.h"
#include "support/server.h"

#define IDP_GMS "https://gms.example.com"

typedef struct idp_fixture {
  auth_fixture auth;
  char *dir;
  test_server *server;
  /* What a POST is answered with. */
  int status;
  const char *body;
  const char *extra;              /* header lines, or NULL */
  void (*fault)(test_conn *conn); /* or this */
  const char *discovery;          /* what a GET is answered with; each %s is the server's URL */
} idp_fixture;

/* Answers with a good token, "new-token" for an hour, until told otherwise. */
void idp_setup(idp_fixture *idp);
void idp_teardown(idp_fixture *idp);

/* Opens one module; `options` as in a configuration file, each %s (at most two) the
 * provider's URL. */
dh_credentials *idp_open(idp_fixture *idp, const char *module, const char *options);
/* What the module gives, once: "Bearer ..." or "status: message". */
const char *idp_once(idp_fixture *idp, const char *module, const char *options);
/* The request at `index`. */
const test_request *idp_asked(idp_fixture *idp, size_t index);

#define ck_has(text, part)                                                                         \
  ck_assert_msg(strstr((text), (part)) != NULL, "no <%s> in: %s", (part), (text))

/* Certificates in the fixture's folder, and client.key there as only its owner may read it. */
void idp_make_key(idp_fixture *idp);

#endif
