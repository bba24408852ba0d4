/* SPDX-License-Identifier: Apache-2.0 */
/* Accepts one secret that two services share, and says who has it. */
#include <datahub/plugin.h>

#include <stdlib.h>
#include <string.h>

struct self {
  const dh_host *host;
  const dh_secret *secret;
  const char *actor;
};

static dh_status begin(const dh_host *host, const dh_options *opts, void **self, dh_error *error)
{
  struct self *me = malloc(sizeof(*me));
  if (!me)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  me->host = host;
  me->secret = host->option_secret(host, opts, "secret");
  me->actor = host->option_text(host, opts, "actor");
  *self = me;
  return DH_OK;
}

/* In the same time wherever they differ: the time must not tell how much was right. */
static int same(const char *a, const char *b, size_t size)
{
  unsigned char differ = 0;
  for (size_t i = 0; i < size; i++)
    differ |= (unsigned char)(a[i] ^ b[i]);
  return differ == 0;
}

static dh_status verify(void *self, const dh_presented *shown, dh_principal *who, dh_error *error)
{
  const struct self *me = self; /* read only: many threads are here at once */
  const dh_host *host = me->host;
  size_t size;
  const char *secret = host->secret_bytes(host, me->secret, &size);
  if (strcmp(shown->scheme, "Bearer"))
    return DH_IGNORE;
  if (size == 0 || size != shown->token_size || !same(secret, shown->token, size))
    return host->fail(host, error, DH_DENIED, "not the secret that is shared");
  dh_status status = host->principal_set(host, who, DH_PRINCIPAL_ACTOR, me->actor);
  return status ? host->fail(host, error, status, "%s is no actor", me->actor) : DH_OK;
}

static const dh_option options[] = {
    {"secret", DH_OPT_SECRET, DH_OPT_REQUIRED, NULL, NULL, 0, 0, "What both services know."},
    {"actor", DH_OPT_STRING, DH_OPT_REQUIRED, NULL, NULL, 0, 0, "The URN of who has it."},
    {0}};
static const dh_verifier_role role = {sizeof(role), 0, begin, verify, free};
static const dh_plugin plugin = {
    sizeof(plugin), DH_ABI, DH_ABI_MAKE(1, 0), sizeof(dh_option), "shared-secret", "1.0",
    "one secret that two services share", "Apache-2.0", options, NULL, &role, NULL};

const dh_plugin *dh_plugin_entry(uint32_t host_abi) { return host_abi >= DH_ABI ? &plugin : NULL; }
