/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request that outlives its caller: for what is sent later, or more than once.
 */
#ifndef DH_HTTP_REQUEST_H
#define DH_HTTP_REQUEST_H

#include <datahub/plugin.h>

#include <stdbool.h>

typedef struct dh_http_copy {
  dh_http_request request;
  dh_http_header *headers; /* the request's, and room for one more */
  char *strings;           /* one block */
  size_t strings_size;
} dh_http_copy;

/* Copies a request of any version down to its strings, the body excepted. False when out
 * of memory; nothing to free then. */
bool dh_http_copy_make(dh_http_copy *copy, const dh_http_request *request);
/* Wipes (headers may hold a credential) and frees. */
void dh_http_copy_end(dh_http_copy *copy);

#endif
