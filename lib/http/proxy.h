/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy that a request goes through: its option's, else the environment's.
 */
#ifndef DH_HTTP_PROXY_H
#define DH_HTTP_PROXY_H

#include "http/easy.h"

/* `request->proxy` wins over the environment, no_proxy included; "" is no proxy at all. */
void dh_http_set_proxy(CURL *curl, const dh_http_request *request);

/* Fills `error` where a transfer failed between us and the proxy, or by the proxy's word: it
 * names the proxy, who configured it, and the cure. False where it was something else. */
bool dh_http_explain_proxy(const dh_http_easy *easy, CURLcode code, const char *url,
                           dh_error *error);

#endif
