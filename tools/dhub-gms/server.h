/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server: what its parts share, its routes, and its life on libmicrohttpd.
 */
#ifndef GMS_SERVER_H
#define GMS_SERVER_H

#include "auth.h"
#include "request.h"
#include "session.h"
#include "store.h"

/* What GMS takes at most in one request and in one batch. */
#define GMS_MAX_BODY 16000000u
#define GMS_MAX_PROPOSALS 200u

typedef struct gms_server {
  dh_context *context;
  gms_store *store;
  gms_auth *auth;
  gms_sessions *sessions;
  _Atomic int64_t next_purge; /* monotonic ms: see token_purge.h */
  struct MHD_Daemon *daemon;
  char instance[17]; /* a number of this run, for /health and logs */
} gms_server;

/* Begins to answer on `bind` and `port` (0: any). The port in use goes to `*port`. */
dh_status gms_server_start(gms_server *server, const char *bind, uint16_t *port, dh_error *error);
/* Answers what has been asked, then ends. */
void gms_server_stop(gms_server *server);

/* Finds the route of a request whose body is complete, and runs it. */
void gms_route(gms_request *request);
/* Whether a path is open to callers without a credential. */
bool gms_path_is_open(const char *path);

/* The handlers, by file. */
void gms_get_health(gms_request *request);                    /* about.c */
void gms_get_config(gms_request *request);                    /* about.c */
void gms_post_aspects(gms_request *request);                  /* restli.c */
void gms_post_entities(gms_request *request);                 /* restli.c */
void gms_post_usage(gms_request *request);                    /* restli.c */
void gms_get_entity(gms_request *request);                    /* restli_read.c */
void gms_get_entity_v2(gms_request *request);                 /* restli_read.c */
void gms_get_aspect(gms_request *request);                    /* restli_read.c */
void gms_timeseries(gms_request *request, json_object *body); /* restli_read.c */
void gms_openapi_entity(gms_request *request);                /* openapi.c */
void gms_post_trace(gms_request *request);                    /* trace.c */
void gms_post_graphql(gms_request *request);                  /* graphql_http.c */

void gms_get_root(gms_request *request);           /* web.c */
void gms_get_web_page(gms_request *request);       /* web.c */
void gms_get_web_style(gms_request *request);      /* web.c */
void gms_get_web_script(gms_request *request);     /* web.c */
void gms_get_web_session(gms_request *request);    /* web.c */
void gms_post_web_session(gms_request *request);   /* web.c */
void gms_delete_web_session(gms_request *request); /* web.c */

#endif
