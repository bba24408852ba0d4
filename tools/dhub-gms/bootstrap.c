/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap.h"
#include "accounts.h"
#include "token_purge.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADMIN GMS_URN_OF_USER "datahub"

/* Whether the file holds a token that this server takes. */
static bool is_good(gms_server *server, const char *path)
{
  char value[4096] = "Bearer ";
  size_t start = strlen(value);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t size = fd >= 0 ? read(fd, value + start, sizeof(value) - start - 1) : -1;
  if (fd >= 0)
    close(fd);
  if (size <= 0)
    return false;
  value[start + (size_t)size] = '\0';
  value[strcspn(value, "\r\n")] = '\0';
  bool good = gms_auth_check(server->auth, value);
  dh_wipe(value, sizeof(value));
  return good;
}

static dh_status write_token(const char *path, const dh_secret *token, dh_error *error)
{
  char temporary[4200];
  size_t size;
  const char *bytes = dh_secret_bytes(token, &size);
  if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
    return dh_error_set(error, DH_MISCONFIGURED, "--bootstrap-token-file: the name is too long");
  unlink(temporary);
  int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bool done = fd >= 0 && write(fd, bytes, size) == (ssize_t)size && write(fd, "\n", 1) == 1;
  if (fd >= 0 && close(fd))
    done = false;
  if (done && !rename(temporary, path))
    return DH_OK;
  dh_error_set(error, DH_UNAVAILABLE, "cannot write the first token to %s: %m", path);
  unlink(temporary);
  return DH_UNAVAILABLE;
}

dh_status gms_bootstrap_token(gms_server *server, const char *path, dh_error *error)
{
  gms_request request = {.server = server, .actor = (char *)ADMIN, .trace = "bootstrap"};
  gms_token_wish wish = {.type = "PERSONAL",
                         .actor_urn = ADMIN,
                         .owner_urn = ADMIN,
                         .name = "bootstrap",
                         .description = "Made at the start, for --bootstrap-token-file",
                         .lifetime_ms = gms_duration_ms("ONE_MONTH")};
  char id[DH_PAT_ID_SIZE];
  dh_pat_record record;
  if (is_good(server, path))
    return DH_OK;
  if (!gms_auth_knows(server->auth, &request, ADMIN))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "--bootstrap-token-file: the users file has no active user datahub");
  dh_secret *token = gms_token_issue(gms_auth_tokens(server->auth), &wish, id, &record, error);
  if (!token)
    return error->status;
  dh_status status = gms_token_entity_write(&request, &record, error);
  if (!status)
    status = write_token(path, token, error);
  dh_secret_free(token);
  return status;
}

typedef struct making {
  gms_request request;
  dh_status status;
  dh_error *error;
} making;

static bool is_there(gms_server *server, const char *urn)
{
  if (gms_store_begin(server->store, false, NULL))
    return false;
  bool there = gms_store_get(server->store, urn, "corpUserInfo", 0, NULL, NULL) == DH_OK;
  gms_store_end(server->store, false, NULL);
  return there;
}

static void make_user(void *arg, const char *urn, bool active)
{
  making *m = arg;
  gms_server *server = m->request.server;
  if (m->status || is_there(server, urn))
    return;
  json_object *info = json_object_new_object();
  char *display = gms_auth_display(server->auth, urn);
  json_object_object_add(info, "active", json_object_new_boolean(active));
  gms_json_add_string(info, "displayName", display);
  const gms_own_aspect aspect = {"corpuser", urn, "corpUserInfo", info};
  m->status = gms_own_write(&m->request, &aspect, 1, m->error);
  free(display);
  json_object_put(info);
}

dh_status gms_bootstrap_users(gms_server *server, dh_error *error)
{
  making m = {
      .request = {.server = server, .actor = (char *)GMS_SYSTEM_ACTOR, .trace = "bootstrap"},
      .error = error};
  gms_auth_each_user(server->auth, make_user, &m);
  gms_token_purge(&m.request);
  return m.status;
}
