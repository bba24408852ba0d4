/* SPDX-License-Identifier: Apache-2.0 */
#include "url.h"

#include <string.h>
#include <strings.h>

static int is_this_host(const char *host)
{
  size_t n = strcspn(host, ":/?#");
  /* "http://localhost:x@elsewhere/": what looks like the host is a user's name. */
  if (memchr(host, '@', strcspn(host, "/?#")))
    return 0;
  return !strncasecmp(host, "[::1]", 5) || (n == 9 && !strncasecmp(host, "localhost", 9)) ||
         (n > 4 && !strncmp(host, "127.", 4) && strspn(host, "0123456789.") == n);
}

int url_is_exposed(const char *url)
{
  return !strncasecmp(url, "http://", 7) && !is_this_host(url + 7);
}

void url_warn_exposed(const dh_host *host, const char *url, const char *risk)
{
  if (url && url_is_exposed(url))
    host->log(host, DH_LOG_WARNING, "%s is plain HTTP: %s; use https", url, risk);
}
