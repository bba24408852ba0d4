/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_words.h"

#include "graphql.h"

#include "metadata/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Clocks that differ less than this make no difference to any token. */
#define CLOCK_S 30
#define DATAHUB_ISSUER "datahub-metadata-service"

void auth_print_time(const char *what, int64_t at, int64_t now)
{
  char text[64] = "beyond all calendars";
  struct tm tm;
  time_t t = (time_t)at;
  if (gmtime_r(&t, &tm))
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
  if (at >= now)
    printf("%sin %" PRId64 " s (%s)\n", what, at - now, text);
  else
    printf("%s%" PRId64 " s ago (%s)\n", what, now - at, text);
}

static void explain_clock(const dhub_reply *reply, int64_t now)
{
  if (reply->date == (time_t)-1)
    return;
  int64_t off = now - (int64_t)reply->date;
  if (off > CLOCK_S || off < -CLOCK_S)
    printf("  - the clock: this machine's is %" PRId64 " s %s the server's; a token that one of "
           "them holds for good the other may not: set them by NTP\n",
           off > 0 ? off : -off, off > 0 ? "ahead of" : "behind");
}

/* True where the token's own claims explain the refusal. */
static bool explain_times(const auth_claims *claims, const dhub_reply *reply, int64_t now)
{
  int64_t server = reply->date == (time_t)-1 ? now : (int64_t)reply->date;
  int64_t exp = auth_claims_time(claims, "exp"), nbf = auth_claims_time(claims, "nbf");
  if (exp >= 0 && exp <= server) {
    auth_print_time("  - expired: by its own claim `exp` the token ended ", exp, server);
    printf("    get a new one\n");
    return true;
  }
  if (nbf > server + CLOCK_S) {
    auth_print_time("  - not yet valid: its claim `nbf` begins ", nbf, server);
    return true;
  }
  return false;
}

static void explain_issuer(const auth_claims *claims)
{
  const char *issuer = auth_claims_text(claims, "iss"), *audience = auth_claims_text(claims, "aud");
  if (issuer && !strcmp(issuer, DATAHUB_ISSUER)) {
    printf("  - revoked, or of another DataHub: it is a DataHub access token, but this server does "
           "not know it, or its user is gone; make a new one on this server\n");
    return;
  }
  printf("  - the issuer: the token is by %s%s%s. DataHub takes it only where that issuer and "
         "audience are configured (EXTERNAL_OAUTH_TRUSTED_ISSUERS, "
         "EXTERNAL_OAUTH_ALLOWED_AUDIENCES on GMS)\n",
         issuer ? issuer : "nobody (no `iss`)", audience ? ", for the audience " : "",
         audience ? audience : "");
}

void auth_explain_401(const dh_credential *credential, const auth_claims *claims,
                      const dhub_reply *reply, int64_t now)
{
  printf("refused: the server does not accept the credential (401). Likely causes:\n");
  if (!credential) {
    printf(
        "  - absent: no credential was sent; `dhub auth explain` says where one is looked for\n");
    return;
  }
  if (!strcmp(dh_credential_scheme(credential), "Basic"))
    printf("  - the system client: id or secret differ from GMS's DATAHUB_SYSTEM_CLIENT_ID and "
           "DATAHUB_SYSTEM_CLIENT_SECRET\n");
  else if (!claims->payload)
    printf("  - wrong, or for another server: the token is no JWT, as DataHub's are\n");
  else if (!explain_times(claims, reply, now))
    explain_issuer(claims);
  explain_clock(reply, now);
}

void auth_explain_403(const dhub_reply *reply)
{
  struct json_object *tree = dh_json_tree(reply->body, reply->size), *message = NULL;
  if (json_object_is_type(tree, json_type_object))
    json_object_object_get_ex(tree, "message", &message);
  printf("accepted, but not allowed (403): the token is good, its user lacks a privilege\n");
  if (message)
    printf("  the server says: %s\n", json_object_to_json_string(message));
  printf("  ask a DataHub administrator to give that user the privilege (Settings, Permissions)\n");
  json_object_put(tree);
}

static bool has_text(struct json_object *list, const char *text)
{
  for (size_t i = 0; i < json_object_array_length(list); i++)
    if (!strcmp(json_object_get_string(json_object_array_get_idx(list, i)), text))
      return true;
  return false;
}

void auth_explain_privileges(const char *user, const dhub_reply *reply)
{
  struct json_object *tree = dh_json_tree(reply->body, reply->size);
  struct json_object *list = dhub_json_at(tree, "data/getGrantedPrivileges/privileges");
  if (json_object_is_type(list, json_type_array)) {
    if (has_text(list, "EDIT_ENTITY") || has_text(list, "CREATE_ENTITY"))
      printf("may write: yes\n");
    else
      printf("may write: no, not datasets in general: %s lacks the privilege \"Edit Entity\", and "
             "what it sends is answered 403 but for entities that a policy of their own allows.\n"
             "  A DataHub administrator (anyone with \"Manage Policies\") can grant it: Settings > "
             "Permissions > Policies; for dhub-gms, in its users file\n",
             user);
  }
  json_object_put(tree);
}

static const char *version_of(struct json_object *config)
{
  struct json_object *versions, *datahub, *version;
  if (json_object_object_get_ex(config, "versions", &versions) &&
      json_object_object_get_ex(versions, "acryldata/datahub", &datahub) &&
      json_object_object_get_ex(datahub, "version", &version))
    return json_object_get_string(version);
  return "of an unknown version";
}

bool auth_explain_config(const dhub_reply *reply)
{
  struct json_object *config = NULL, *mark = NULL;
  if (reply->status == 200)
    config = dh_json_tree(reply->body, reply->size);
  bool is_gms = json_object_is_type(config, json_type_object) &&
                json_object_object_get_ex(config, "noCode", &mark) &&
                !strcmp(json_object_get_string(mark), "true");
  if (is_gms)
    printf("reached: DataHub GMS %s\n", version_of(config));
  else
    printf("not GMS: %s answers %ld, but not as DataHub's metadata service does. Is it the "
           "frontend (port 9002)? Then add /api/gms to the server's address; on DataHub Cloud, "
           "/gms\n",
           reply->url, reply->status);
  json_object_put(config);
  return is_gms;
}
