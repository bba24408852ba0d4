/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <stddef.h>
#include <string.h>

const dh_option authd_option_table[] = {
    {"listen", DH_OPT_STRING, 0, "127.0.0.1:9099", NULL, 0, 0,
     "where to listen: ADDRESS:PORT, [IPV6]:PORT, or unix:PATH; a socket from systemd wins"},
    {"socket_mode", DH_OPT_STRING, 0, "0660", NULL, 0, 0,
     "who may connect to unix:PATH, as an octal mode; a gateway needs the right to write"},
    {"realm", DH_OPT_STRING, 0, "datahub", NULL, 0, 0, "the realm that a refused caller is told"},
    {"claims", DH_OPT_LIST, 0, NULL, NULL, 0, 0,
     "claims of the token to pass on, each as X-DataHub-Claim-NAME, in which '-' stands for "
     "all but letters and digits"},
    {"threads", DH_OPT_INTEGER, 0, "2", NULL, 1, 64,
     "how many threads answer; "
     "as many check tokens that are not in the cache"},
    {"waiting_threads", DH_OPT_INTEGER, 0, "16", NULL, 1, 1024,
     "how many threads wait for issuers, a GMS or a locked store: so many tokens are asked about "
     "at once"},
    {"max_waiting", DH_OPT_INTEGER, 0, "256", NULL, 1, 100000,
     "checks that may wait for them, answered with 503 beyond; at most a quarter of "
     "max_connections"},
    {"check_timeout", DH_OPT_DURATION, 0, "10s", NULL, 1, 600000,
     "how long a check may take, answered with 503 then; less than the gateway waits"},
    {"max_connections", DH_OPT_INTEGER, 0, "1024", NULL, 1, 100000,
     "connections at once; what comes beyond waits for one to end"},
    {"max_header_size", DH_OPT_SIZE, 0, "32K", NULL, 4096, 1048576,
     "bytes that one request's head may take"},
    {"idle_timeout", DH_OPT_DURATION, 0, "75s", NULL, 1000, 86400000,
     "how long a connection may take from one request to the next, whole one"},
    {"rate_limit", DH_OPT_INTEGER, 0, "0", NULL, 0, 10000000,
     "checks a second, answered with 429 beyond; 0: no limit"},
    {"stop_timeout", DH_OPT_DURATION, 0, "5s", NULL, 0, 600000,
     "how long checks under way are waited for when it is told to end"},
    {"access_log", DH_OPT_BOOLEAN, 0, "true", NULL, 0, 0,
     "write a line of JSON for each check to standard output"},
    {NULL, (dh_option_type)0, 0, NULL, NULL, 0, 0, NULL},
};

/* A misspelled `verifier` must not become a verifier with an empty stack. */
static dh_status check_top(const dh_config *root, dh_error *error)
{
  for (size_t i = 0; i < dh_config_count(root); i++) {
    const char *key = dh_config_key_at(root, i);
    if (!key || (strcmp(key, "authd") && strcmp(key, "verifier")))
      return dh_error_set(error, DH_MISCONFIGURED,
                          "%s: \"%s\" is not known here; the file holds \"verifier\" and \"authd\"",
                          dh_config_where(dh_config_at(root, i)), key ? key : "");
  }
  if (!dh_config_get(root, "verifier"))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s: the map \"verifier\" is missing: it holds the stack of modules that "
                        "check a token",
                        dh_config_where(root));
  return DH_OK;
}

dh_status authd_settings_load(authd_settings *settings, dh_context *context, const char *path,
                              dh_error *error)
{
  authd_settings fresh = {NULL, NULL};
  dh_error why;
  fresh.file = dh_config_load(context, path, &why);
  if (!fresh.file || check_top(fresh.file, &why))
    goto failed;
  fresh.options = dh_options_check(context, authd_option_table, "dhub-authd",
                                   dh_config_get(fresh.file, "authd"), NULL, &why);
  if (!fresh.options)
    goto failed;
  *settings = fresh;
  return DH_OK;

failed:
  authd_settings_free(&fresh);
  if (error)
    *error = why;
  return why.status;
}

void authd_settings_free(authd_settings *settings)
{
  dh_options_free(settings->options);
  dh_config_free(settings->file);
  settings->options = NULL;
  settings->file = NULL;
}

const dh_config *authd_settings_verifier(const authd_settings *settings)
{
  return dh_config_get(settings->file, "verifier");
}
