/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the token of the module before it under another scheme, as some gateways want it. */
#include <datahub/plugin.h>
#include <stdlib.h>

struct self {
  const dh_host *host;
  const char *scheme;
};

static dh_status begin(const dh_host *host, const dh_options *opts, void **self, dh_error *error)
{
  struct self *me = malloc(sizeof(*me));
  if (!me)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  *me = (struct self){host, host->option_text(host, opts, "scheme")};
  *self = me;
  return DH_OK;
}
static dh_status acquire(void *self, const dh_credential_request *request,
                         const dh_credential *prior, dh_credential *out, dh_error *error)
{
  const struct self *me = self;
  const dh_host *host = me->host;
  const dh_secret *token = prior ? host->credential_value(host, prior) : NULL;
  if (!token)
    return host->fail(host, error, DH_MISCONFIGURED, "put a module with a token before this");
  if (host->credential_set(host, out, me->scheme, token))
    return host->fail(host, error, DH_MALFORMED, "%s takes no such token", request->server);
  host->credential_set_expiry(host, out, host->credential_expiry(host, prior));
  return DH_OK;
}
static const dh_option options[] = {
    {"scheme", DH_OPT_STRING, 0, "Token", NULL, 0, 0, "The word before the token."}, {0}};
static const dh_credential_role role = {sizeof(role), 0, begin, acquire, NULL, free};
static const dh_plugin plugin = {
    sizeof(plugin), DH_ABI, DH_ABI_MAKE(1, 0), sizeof(dh_option), "rescheme", "1.0",
    "another scheme for a token", "Apache-2.0", options, &role, NULL, NULL};
const dh_plugin *dh_plugin_entry(uint32_t host_abi) { return host_abi >= DH_ABI ? &plugin : NULL; }
