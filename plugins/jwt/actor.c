/* SPDX-License-Identifier: Apache-2.0 */
#include "actor.h"

#include <string.h>

static int is_plain(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void actor_oauth(dh_buf *out, const char *issuer, const char *subject)
{
  static const char scheme[] = "https://";
  if (!strncmp(issuer, scheme, strlen(scheme)))
    issuer += strlen(scheme);
  dh_buf_adds(out, "__oauth_");
  for (; *issuer; issuer++)
    dh_buf_addc(out, is_plain(*issuer) ? *issuer : '_');
  dh_buf_addc(out, '_');
  dh_buf_adds(out, subject);
}
