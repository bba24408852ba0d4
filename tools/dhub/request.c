/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include "command.h"

#include "metadata/json.h"

#include <datahub/credential.h>

#include <curl/curl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TIMEOUT_S = 30 };
/* No answer that a command asks for is longer; a longer one is somebody else's. */
#define BODY_MAX ((size_t)64 << 20)

static size_t take_body(char *bytes, size_t one, size_t size, void *arg)
{
  dhub_reply *reply = arg;
  (void)one;
  char *body = reply->size + size > BODY_MAX ? NULL : realloc(reply->body, reply->size + size + 1);
  if (!body)
    return 0;
  reply->body = body;
  memcpy(body + reply->size, bytes, size);
  reply->size += size;
  body[reply->size] = '\0';
  return size;
}

static size_t take_header(char *bytes, size_t one, size_t size, void *arg)
{
  char value[64];
  dhub_reply *reply = arg;
  (void)one;
  if (size > 5 && size - 5 < sizeof(value) && !strncasecmp(bytes, "Date:", 5)) {
    memcpy(value, bytes + 5, size - 5);
    value[size - 5] = '\0';
    reply->date = curl_getdate(value, NULL);
  }
  return size;
}

static bool add_header(struct curl_slist **list, const char *line)
{
  struct curl_slist *longer = curl_slist_append(*list, line);
  if (longer)
    *list = longer;
  return longer != NULL;
}

static void wipe_headers(struct curl_slist *list)
{
  for (struct curl_slist *l = list; l; l = l->next)
    dh_wipe(l->data, strlen(l->data));
  curl_slist_free_all(list);
}

/* The sink's `extra_headers`, as datahub-rest sends them. */
static const dh_config *extra_headers(const dh_config *sink)
{
  return sink ? dh_config_get(sink, "extra_headers") : NULL;
}

static bool is_extra(const dh_config *extra, const char *name)
{
  for (size_t i = 0; i < dh_config_count(extra); i++) {
    const char *key = dh_config_key_at(extra, i);
    if (key && !strcasecmp(key, name))
      return true;
  }
  return false;
}

static bool add_named(struct curl_slist **list, const char *name, const char *value)
{
  char *line = NULL;
  int n = asprintf(&line, "%s: %s", name, value);
  if (n < 0)
    return false;
  bool ok = add_header(list, line);
  dh_wipe(line, (size_t)n); /* an extra one may hold a key of a gateway's */
  free(line);
  return ok;
}

/* What the sink configures takes the place of ours. */
static bool add_ours(struct curl_slist **list, const dh_config *extra)
{
  char agent[128];
  snprintf(agent, sizeof(agent), "DataHub-Client/1.0 (CLI; dhub; %s)", dh_version());
  const struct {
    const char *name, *value;
  } ours[] = {{"User-Agent", agent},
              {"X-RestLi-Protocol-Version", "2.0.0"},
              {"X-DataHub-Client-Mode", "CLI"},
              {"Content-Type", "application/json"}};
  for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
    if (!is_extra(extra, ours[i].name) && !add_named(list, ours[i].name, ours[i].value))
      return false;
  return true;
}

static bool add_extra(struct curl_slist **list, const dh_config *extra)
{
  for (size_t i = 0; i < dh_config_count(extra); i++) {
    const char *value = dh_config_text(dh_config_at(extra, i));
    if (value && !add_named(list, dh_config_key_at(extra, i), value))
      return false;
  }
  return true;
}

/* "Authorization: SCHEME VALUE"; libcurl's copy of it is wiped with wipe_headers(). */
static bool add_credential(struct curl_slist **list, const dh_credential *credential)
{
  char *value = NULL;
  if (!credential)
    return true;
  int n = asprintf(&value, "%s %s", dh_credential_scheme(credential),
                   dh_secret_bytes(dh_credential_value(credential), NULL));
  if (n < 0)
    return false;
  bool ok = add_named(list, "Authorization", value);
  dh_wipe(value, (size_t)n);
  free(value);
  return ok;
}

static struct curl_slist *make_headers(const dh_config *sink, const dh_credential *credential)
{
  struct curl_slist *list = NULL;
  const dh_config *extra = extra_headers(sink);
  if (add_ours(&list, extra) && add_extra(&list, extra) && add_credential(&list, credential))
    return list;
  wipe_headers(list);
  return NULL;
}

/* The connection options of the sink that the Python client has. */
static void set_tls(CURL *curl, const dh_config *sink)
{
  const char *ca = dh_config_get_text(sink, "ca_certificate_path", NULL);
  const char *certificate = dh_config_get_text(sink, "client_certificate_path", NULL);
  const char *key = dh_config_get_text(sink, "client_key_path", NULL);
  const char *insecure = dh_config_get_text(sink, "disable_ssl_verification", "false");
  if (ca)
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
  if (certificate)
    curl_easy_setopt(curl, CURLOPT_SSLCERT, certificate);
  if (key)
    curl_easy_setopt(curl, CURLOPT_SSLKEY, key);
  if (!strcmp(insecure, "true") || !strcmp(insecure, "1") || !strcmp(insecure, "yes")) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

static dh_status perform(const dh_config *sink, const char *method, const char *body,
                         const dh_credential *credential, dhub_reply *reply, dh_error *error)
{
  char why[CURL_ERROR_SIZE] = "";
  CURL *curl = curl_easy_init();
  struct curl_slist *headers = make_headers(sink, credential);
  dh_status status = DH_OK;
  if (!curl || !headers) {
    status = dh_error_set(error, DH_NO_MEMORY, "out of memory");
    goto out;
  }
  free(reply->body);
  reply->body = calloc(1, 1);
  reply->size = 0;
  reply->date = -1;
  curl_easy_setopt(curl, CURLOPT_URL, reply->url);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
  if (body)
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  set_tls(curl, sink);
  CURLcode code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
  if (code != CURLE_OK)
    status = dh_error_set(error, code == CURLE_OPERATION_TIMEDOUT ? DH_TIMEOUT : DH_UNAVAILABLE,
                          "cannot reach %s: %s; check the address, the network and that DataHub "
                          "runs there",
                          reply->url, *why ? why : curl_easy_strerror(code));
out:
  wipe_headers(headers);
  curl_easy_cleanup(curl);
  return status;
}

dh_status dhub_send(dhub_connection *connection, const char *method, const char *body,
                    const dh_credential *credential, dhub_reply *reply, dh_error *error)
{
  curl_global_init(CURL_GLOBAL_DEFAULT);
  return perform(dhub_sink_config(connection), method, body, credential, reply, error);
}

/* Anything that keeps a credential from being had is a matter of authentication to the shell. */
static int fail_credential(dhub_connection *connection, const dh_error *error)
{
  int code = dhub_fail(&connection->output, error);
  return code == DHUB_UNREACHABLE ? DHUB_AUTH : code;
}

/* What there is to say of a 401, while the credential is at hand. */
static void keep_refusal(dhub_connection *connection, const dh_credential *credential,
                         dhub_reply *reply)
{
  char words[DH_ERROR_MESSAGE_SIZE];
  dh_credential_explain_refusal(credential, dh_wall_ms(connection->context), words, sizeof(words));
  free(reply->refusal);
  reply->refusal = strdup(words);
}

static int ask(dhub_connection *connection, dh_credentials *credentials, const char *method,
               const char *body, dhub_reply *reply)
{
  dh_error error;
  const dh_config *sink = dhub_sink_config(connection);
  for (int tries = 0;; tries++) {
    dh_credential *credential = NULL;
    if (dh_credentials_get(credentials, TIMEOUT_S * 1000, &credential, &error) != DH_OK)
      return fail_credential(connection, &error);
    dh_status status = perform(sink, method, body, credential, reply, &error);
    bool again = status == DH_OK && reply->status == 401 && credential && !tries;
    if (again)
      dh_credentials_reject(credentials, credential);
    else if (status == DH_OK && reply->status == 401)
      keep_refusal(connection, credential, reply);
    dh_credential_unref(credential);
    if (status != DH_OK)
      return dhub_fail(&connection->output, &error);
    if (!again)
      return DHUB_OK;
  }
}

int dhub_request(dhub_connection *connection, const char *method, const char *path,
                 const char *body, dhub_reply *reply)
{
  dh_error error;
  const dh_config *sink = dhub_sink_config(connection);
  memset(reply, 0, sizeof(*reply));
  char *server = dh_server_of(connection->context, sink, &error);
  if (!server)
    return dhub_fail(&connection->output, &error);
  if (asprintf(&reply->url, "%s%s", server, path) < 0)
    reply->url = NULL;
  dh_credentials *credentials = dh_credentials_open(connection->context, sink, server, &error);
  free(server);
  if (!reply->url || !credentials) {
    dh_credentials_close(credentials);
    return reply->url ? dhub_fail(&connection->output, &error) : DHUB_INTERNAL;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  int code = ask(connection, credentials, method, body, reply);
  dh_credentials_close(credentials);
  return code;
}

/* The `message` of a Rest.li error, or NULL; the caller puts the object back. */
static const char *message_of(const dhub_reply *reply, struct json_object **tree)
{
  struct json_object *message;
  *tree = dh_json_tree(reply->body, reply->size);
  if (*tree && json_object_object_get_ex(*tree, "message", &message))
    return json_object_get_string(message);
  return NULL;
}

int dhub_reply_check(dhub_connection *connection, const dhub_reply *reply)
{
  struct json_object *tree;
  if (reply->status >= 200 && reply->status < 300)
    return DHUB_OK;
  const char *message = message_of(reply, &tree);
  int code = DHUB_UNREACHABLE;
  if (reply->status == 401) {
    code = DHUB_AUTH;
    dhub_say(&connection->output, "%s answered 401%s%s%s: %s", reply->url, message ? " (" : "",
             message ? message : "", message ? ")" : "",
             reply->refusal ? reply->refusal : "no token was sent, or it is wrong or expired");
  } else if (reply->status == 403) {
    code = DHUB_AUTH;
    dhub_say(&connection->output,
             "%s answered 403: the token is good, but its user lacks the privilege%s%s; ask your "
             "DataHub administrator for it",
             reply->url, message ? ": " : "", message ? message : "");
  } else {
    if (reply->status >= 300 && reply->status < 500)
      code = DHUB_SOME_REJECTED;
    dhub_say(&connection->output, "%s answered %ld%s%s", reply->url, reply->status,
             message ? ": " : "", message ? message : "");
  }
  json_object_put(tree);
  return code;
}

void dhub_reply_free(dhub_reply *reply)
{
  if (reply->body)
    dh_wipe(reply->body, reply->size); /* a new token may be in it */
  free(reply->body);
  free(reply->url);
  free(reply->refusal);
}
