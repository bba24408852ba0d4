/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what goes to a URL can be read or changed on the way.
 */
#ifndef DH_NET_URL_H
#define DH_NET_URL_H

#include <datahub/plugin.h>

/* Plain HTTP to another host than this one. */
int url_is_exposed(const char *url);

/* Logs a warning where it is; NULL is accepted. `risk` says what comes of it: "anyone on the
 * way can read the tokens". */
void url_warn_exposed(const dh_host *host, const char *url, const char *risk);

#endif
