/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/idp.h"
#include "support/certs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void answer(void *arg, const test_request *request, test_conn *conn)
{
  char body[1024];
  idp_fixture *idp = arg;
  if (idp->fault) {
    idp->fault(conn);
  } else if (!strcmp(request->method, "GET") && idp->discovery) {
    const char *url = test_server_url(idp->server), *from = idp->discovery, *at;
    size_t used = 0;
    while ((at = strstr(from, "%s"))) {
      used +=
          (size_t)snprintf(body + used, sizeof(body) - used, "%.*s%s", (int)(at - from), from, url);
      from = at + 2;
    }
    snprintf(body + used, sizeof(body) - used, "%s", from);
    test_reply_text(conn, 200, body);
  } else if (!strcmp(request->method, "GET")) {
    test_reply(conn, 404, NULL, "", 0);
  } else {
    test_reply(conn, idp->status, idp->extra, idp->body, strlen(idp->body));
  }
}

void idp_setup(idp_fixture *idp)
{
  memset(idp, 0, sizeof(*idp));
  auth_setup(&idp->auth);
  idp->dir = test_tmpdir_new();
  idp->status = 200;
  idp->body = "{\"access_token\":\"new-token\",\"token_type\":\"Bearer\",\"expires_in\":3600}";
  idp->server = test_server_start(answer, idp);
}

void idp_teardown(idp_fixture *idp)
{
  test_server_stop(idp->server);
  auth_teardown(&idp->auth);
  test_tmpdir_remove(idp->dir);
}

dh_credentials *idp_open(idp_fixture *idp, const char *module, const char *options)
{
  char sink[4096];
  size_t used = (size_t)snprintf(sink, sizeof(sink), "auth = {type = \"%s\"; config = {", module);
  const char *from = options, *at;
  while ((at = strstr(from, "%s"))) {
    used += (size_t)snprintf(sink + used, sizeof(sink) - used, "%.*s%s", (int)(at - from), from,
                             test_server_url(idp->server));
    from = at + 2;
  }
  snprintf(sink + used, sizeof(sink) - used, "%s};};", from);
  return auth_open(&idp->auth, sink, IDP_GMS);
}

const char *idp_once(idp_fixture *idp, const char *module, const char *options)
{
  dh_credentials *credentials = idp_open(idp, module, options);
  const char *got = auth_get(&idp->auth, credentials);
  dh_credentials_close(credentials);
  return got;
}

const test_request *idp_asked(idp_fixture *idp, size_t index)
{
  return test_server_request(idp->server, index);
}

void idp_make_key(idp_fixture *idp)
{
  char path[512];
  test_certs_make(idp->dir);
  snprintf(path, sizeof(path), "%s/client.key", idp->dir);
  ck_assert_int_eq(chmod(path, 0600), 0);
}
