/* SPDX-License-Identifier: Apache-2.0 */
#include "token_purge.h"
#include "accounts.h"
#include "server.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_MS INT64_C(3600000)
#define AT_ONCE 1000

typedef struct purge {
  int64_t before;
  size_t count;
  char ids[AT_ONCE][DH_PAT_ID_SIZE];
} purge;

static int take_old(void *arg, const dh_pat_record *record)
{
  purge *p = arg;
  if (!record->expires_at_ms || record->expires_at_ms >= p->before ||
      strlen(record->id) >= DH_PAT_ID_SIZE)
    return 0;
  strcpy(p->ids[p->count++], record->id);
  return p->count == AT_ONCE;
}

/* The table's form is public: see <datahub/token.h>. */
static bool delete_rows(const char *path, const purge *p)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  bool done = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
              sqlite3_busy_timeout(db, 2000) == SQLITE_OK &&
              sqlite3_prepare_v2(db, "DELETE FROM tokens WHERE id = ?1 AND expires_at < ?2", -1,
                                 &statement, NULL) == SQLITE_OK;
  for (size_t i = 0; done && i < p->count; i++) {
    sqlite3_bind_text(statement, 1, p->ids[i], -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, p->before);
    done = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return done;
}

static void run(gms_request *request, purge *p)
{
  gms_server *server = request->server;
  gms_token_service *service = gms_auth_tokens(server->auth);
  const dh_pat_filter all = {.struct_size = sizeof(all), .with_revoked = 1};
  dh_error error;
  if (dh_pat_store_list(gms_token_service_store(service), &all, take_old, p, NULL, &error)) {
    dh_log(server->context, DH_LOG_WARNING, "expired tokens stay listed: %s", error.message);
    return;
  }
  for (size_t i = 0; i < p->count; i++)
    gms_token_entity_remove(request, p->ids[i], NULL);
  if (p->count && !delete_rows(gms_token_service_path(service), p))
    dh_log(server->context, DH_LOG_WARNING, "expired tokens stay listed: %s cannot be written now",
           gms_token_service_path(service));
  else if (p->count)
    dh_log(server->context, DH_LOG_INFO, "removed %zu tokens that expired long ago", p->count);
}

void gms_token_purge(gms_request *request)
{
  gms_server *server = request->server;
  int64_t now = dh_mono_ms(server->context), next = atomic_load(&server->next_purge);
  if (now < next || !atomic_compare_exchange_strong(&server->next_purge, &next, now + EVERY_MS))
    return;
  purge *p = calloc(1, sizeof(*p));
  if (!p)
    return;
  p->before = dh_wall_ms(server->context) - GMS_KEEP_EXPIRED_MS;
  run(request, p);
  free(p);
}
