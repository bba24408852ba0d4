/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page Settings > Access Tokens: its files, and signing in and out.
 */
#include "server.h"
#include "web_files.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void send_file(gms_request *request, const char *type, const unsigned char *bytes,
                      size_t size)
{
  gms_reply_bytes(request, MHD_HTTP_OK, type, bytes, size);
  gms_reply_header(request, "Content-Security-Policy",
                   "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                   "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  gms_reply_header(request, "Referrer-Policy", "no-referrer");
  gms_reply_header(request, "X-Frame-Options", "DENY");
  gms_reply_header(request, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
}

void gms_get_web_page(gms_request *request)
{
  send_file(request, "text/html;charset=utf-8", gms_web_page, gms_web_page_size);
}

void gms_get_web_style(gms_request *request)
{
  send_file(request, "text/css;charset=utf-8", gms_web_style, gms_web_style_size);
}

void gms_get_web_script(gms_request *request)
{
  send_file(request, "text/javascript;charset=utf-8", gms_web_script, gms_web_script_size);
}

void gms_get_root(gms_request *request)
{
  gms_reply_bytes(request, MHD_HTTP_SEE_OTHER, "text/plain", "", 0);
  gms_reply_header(request, MHD_HTTP_HEADER_LOCATION, "/settings/tokens");
}

static void refuse(gms_request *request, int status, const char *message)
{
  json_object *body = json_object_new_object();
  gms_json_add_string(body, "message", message);
  gms_reply_json(request, status, body);
  gms_reply_header(request, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

/* Who is signed in, if anyone; the token against forged requests is for the page's script, to
 * which no other site's has access. */
static void tell_session(gms_request *request, bool signed_in, const char *csrf)
{
  gms_auth *auth = request->server->auth;
  json_object *body = json_object_new_object();
  json_object_object_add(body, "signedIn", json_object_new_boolean(signed_in));
  json_object_object_add(body, "passwords", json_object_new_boolean(gms_auth_has_passwords(auth)));
  gms_json_add_string(body, "csrf", csrf);
  gms_reply_json(request, MHD_HTTP_OK, body);
  gms_reply_header(request, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

void gms_get_web_session(gms_request *request)
{
  char csrf[GMS_SESSION_ID_SIZE];
  if (!gms_auth_enabled(request->server->auth)) {
    tell_session(request, true, NULL); /* everyone is */
    return;
  }
  const char *id = gms_request_cookie(request, GMS_SESSION_COOKIE);
  char *actor = id ? gms_session_actor(request->server->sessions, id, NULL, csrf) : NULL;
  tell_session(request, actor != NULL, actor ? csrf : NULL);
  free(actor);
}

/* Behind a proxy that speaks TLS the cookie must not travel without it. */
static void set_cookie(gms_request *request, const char *value, int seconds)
{
  char cookie[256];
  const char *scheme = gms_request_header(request, "X-Forwarded-Proto");
  snprintf(cookie, sizeof(cookie),
           GMS_SESSION_COOKIE "=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", value,
           seconds, scheme && !strcmp(scheme, "https") ? "; Secure" : "");
  gms_reply_header(request, MHD_HTTP_HEADER_SET_COOKIE, cookie);
}

/* A form of another site cannot send this type without asking first. */
static bool is_json(const gms_request *request)
{
  const char *type = gms_request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
  return type && !strncmp(type, "application/json", 16);
}

static void begin_session(gms_request *request, const char *name)
{
  char urn[512], id[GMS_SESSION_ID_SIZE], csrf[GMS_SESSION_ID_SIZE];
  snprintf(urn, sizeof(urn), "%s%s", GMS_URN_OF_USER, name);
  if (!gms_session_begin(request->server->sessions, urn, id, csrf)) {
    refuse(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "The server cannot sign you in now.");
    return;
  }
  dh_log(request->server->context, DH_LOG_INFO, "%s signed in", urn);
  tell_session(request, true, csrf);
  set_cookie(request, id, GMS_SESSION_SECONDS);
  dh_wipe(id, sizeof(id));
}

void gms_post_web_session(gms_request *request)
{
  gms_server *server = request->server;
  if (!is_json(request)) {
    refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "Send application/json.");
    return;
  }
  if (!gms_session_may_try(server->sessions)) {
    refuse(request, MHD_HTTP_TOO_MANY_REQUESTS, "Too many wrong passwords: try again in a minute.");
    gms_reply_header(request, MHD_HTTP_HEADER_RETRY_AFTER, "60");
    return;
  }
  json_object *body = gms_request_object(request);
  if (!body)
    return;
  const char *name = gms_json_string(body, "username");
  const char *password = gms_json_string(body, "password");
  bool good = name && password && gms_auth_password(server->auth, name, password);
  gms_session_tried(server->sessions, good);
  if (good)
    begin_session(request, name);
  else
    refuse(request, MHD_HTTP_UNAUTHORIZED, "That is not a user name and password of this server.");
  json_object_put(body);
}

void gms_delete_web_session(gms_request *request)
{
  const char *id = gms_request_cookie(request, GMS_SESSION_COOKIE);
  const char *csrf = gms_request_header(request, "X-CSRF-Token");
  char *actor = id && csrf ? gms_session_actor(request->server->sessions, id, csrf, NULL) : NULL;
  if (!actor) {
    refuse(request, MHD_HTTP_UNAUTHORIZED, "You are not signed in.");
    return;
  }
  gms_session_end(request->server->sessions, id);
  tell_session(request, false, NULL);
  set_cookie(request, "", 0);
  free(actor);
}
