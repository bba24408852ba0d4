/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request on its way through the server, and the answers that GMS gives.
 */
#ifndef GMS_REQUEST_H
#define GMS_REQUEST_H

#include "json.h"

#include <datahub/context.h>
#include <datahub/verifier.h>

#include <stdint.h>

struct MHD_Connection;
struct gms_server;

#define GMS_MAX_HEADERS 8

typedef struct gms_request {
  struct gms_server *server;
  struct MHD_Connection *connection;
  const char *method;
  char *path; /* decoded, without the frontend's prefix */
  char *body; /* NUL-terminated once complete */
  size_t body_size, body_capacity;
  uint64_t received; /* of the body, whether kept or not */
  bool refused;      /* the body is read and dropped */
  int64_t began;     /* monotonic ms */

  char trace[33]; /* the trace id, 32 hex digits */
  dh_principal *principal;
  char *actor; /* URN of who asks; NULL on an open path */

  int status;
  char *answer;
  size_t answer_size;
  const char *content_type;
  struct {
    const char *name; /* static */
    char *value;
  } headers[GMS_MAX_HEADERS];
  size_t header_count;
} gms_request;

/* A query argument, decoded, or NULL; a header, or NULL; a cookie, or NULL. Borrowed. */
const char *gms_request_query(const gms_request *request, const char *name);
const char *gms_request_header(const gms_request *request, const char *name);
const char *gms_request_cookie(const gms_request *request, const char *name);

/* Answers. The last one counts. `status` is HTTP's. */
void gms_reply_bytes(gms_request *request, int status, const char *content_type, const void *bytes,
                     size_t size);
/* Takes the tree over. NULL stands for "out of memory". */
void gms_reply_json(gms_request *request, int status, json_object *json);
/* Rest.li's error body. */
void gms_reply_error(gms_request *request, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same from an error: 400, 422, 500 or 503 by its status, or its own HTTP status. */
void gms_reply_failed(gms_request *request, const dh_error *error);
/* The servlet container's error page, in HTML or JSON as the caller likes. */
void gms_reply_page(gms_request *request, int status, const char *message);
/* Adds a header to the answer; the value is copied. */
void gms_reply_header(gms_request *request, const char *name, const char *value);
/* {"value": "success"} and the trace of the write. */
void gms_reply_success(gms_request *request);
/* Adds the traceparent header of a write. */
void gms_reply_trace(gms_request *request);

/* The body as a JSON object; replies 400 and returns NULL where it is none. Freed by the caller. */
json_object *gms_request_object(gms_request *request);

#endif
