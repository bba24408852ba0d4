/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP over libcurl: one blocking request for modules and tools (http.c), and an
 * event loop of many at once for the emitter's I/O thread (loop.c).
 */
#ifndef DH_HTTP_H
#define DH_HTTP_H

#include <datahub/context.h>

/*
 * One blocking request; as dh_host.http in plugin.h. Thread-safe.
 *
 * DH_OK where an answer came, whatever its HTTP status: a redirect that may not be
 * followed and a 503 after the last retry are answers. Otherwise the error says in words
 * what was tried, what happened and the cure: DH_UNAVAILABLE (cannot resolve, refused, reset,
 * a server certificate that has expired), DH_TIMEOUT, DH_MALFORMED (not HTTP, cut short,
 * larger than max_body), DH_MISCONFIGURED (the URL, a header, a certificate file, an unknown
 * authority, a certificate for another name), DH_NO_MEMORY. Neither a header nor a body nor
 * the URL's user part or query is ever part of a message.
 */
dh_status dh_http_perform(dh_context *context, const dh_http_request *request,
                          dh_http_response **response, dh_error *error);
int dh_http_status(const dh_http_response *response);
const char *dh_http_body(const dh_http_response *response, size_t *size);
const char *dh_http_header_of(const dh_http_response *response, const char *name);
void dh_http_free(dh_http_response *response);

/* ms from now that a Retry-After value (seconds, or an HTTP date) asks for, at most a day;
 * -1: unreadable. A date that has passed asks for 0. */
int64_t dh_http_retry_after(const char *value, int64_t now_wall_ms);

/* Scheme, host and port of a URL, normalized ("https://h:443", "http://[::1]:8080"), for
 * comparing origins. NULL on a URL that is not absolute http or https. The caller frees. */
char *dh_http_origin(const char *url);

/* Whether an origin, as dh_http_origin() gives it, is this very host, so that nothing sent to it
 * passes a network: localhost, 127.0.0.0/8 as an address, ::1. */
int dh_http_is_loopback(const char *origin);

/* Whether two URLs have the same origin; false where one has none. */
int dh_http_same_origin(const char *a, const char *b);

#endif
