/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP over libcurl: one blocking request for modules and tools (http.c), and an
 * event loop of many at once for the emitter's I/O thread (loop.c).
 */
#ifndef DH_HTTP_H
#define DH_HTTP_H

#include <datahub/context.h>

/* One blocking request; as dh_host.http in plugin.h. Thread-safe. */
dh_status dh_http_perform(dh_context *context, const dh_http_request *request,
                          dh_http_response **response, dh_error *error);
int dh_http_status(const dh_http_response *response);
const char *dh_http_body(const dh_http_response *response, size_t *size);
const char *dh_http_header_of(const dh_http_response *response, const char *name);
void dh_http_free(dh_http_response *response);

/* ms from now that a Retry-After value (seconds, or an HTTP date) asks for; -1: unreadable. */
int64_t dh_http_retry_after(const char *value, int64_t now_wall_ms);

/* Scheme, host and port of a URL, normalized ("https://h:443"), for comparing origins.
 * NULL on a URL that is not absolute http or https. The caller frees. */
char *dh_http_origin(const char *url);

#endif
