/* SPDX-License-Identifier: Apache-2.0 */
#include "trouble.h"

#define EVERY_MS 10000

bool authd_trouble_due(authd_trouble *trouble, dh_context *context)
{
  long long now = dh_mono_ms(context) + 1, told = atomic_load(&trouble->told_at_ms);
  if ((!told || now - told >= EVERY_MS) &&
      atomic_compare_exchange_strong(&trouble->told_at_ms, &told, now))
    return true;
  atomic_fetch_add(&trouble->untold, 1);
  return false;
}

void authd_trouble_tell(authd_trouble *trouble, dh_context *context, dh_status result,
                        const char *reason)
{
  if (!authd_trouble_due(trouble, context))
    return;
  unsigned long long more = atomic_exchange(&trouble->untold, 0);
  if (more)
    dh_log(context, DH_LOG_ERROR, "a check was answered 503 (%s), and %llu before it: %s",
           dh_status_name(result), more, reason);
  else
    dh_log(context, DH_LOG_ERROR, "a check was answered 503 (%s): %s", dh_status_name(result),
           reason);
}
