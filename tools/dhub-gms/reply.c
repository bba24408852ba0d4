/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_answer(gms_request *request, int status, const char *content_type, char *bytes,
                       size_t size)
{
  free(request->answer);
  request->answer = bytes;
  request->answer_size = bytes ? size : 0;
  request->status = bytes ? status : MHD_HTTP_INTERNAL_SERVER_ERROR;
  request->content_type = content_type;
}

void gms_reply_bytes(gms_request *request, int status, const char *content_type, const void *bytes,
                     size_t size)
{
  char *copy = malloc(size + 1);
  if (copy) {
    memcpy(copy, bytes, size);
    copy[size] = '\0';
  }
  set_answer(request, status, content_type, copy, size);
}

void gms_reply_json(gms_request *request, int status, json_object *json)
{
  const char *text = json ? gms_json_text(json) : NULL;
  if (text)
    gms_reply_bytes(request, status, "application/json", text, strlen(text));
  else
    set_answer(request, 0, "application/json", NULL, 0);
  json_object_put(json);
}

void gms_reply_error(gms_request *request, int status, const char *format, ...)
{
  static const char thrown[] = "com.linkedin.restli.server.RestLiServiceException";
  char message[2048], stack[2200];
  va_list ap;
  va_start(ap, format);
  vsnprintf(message, sizeof(message), format, ap);
  va_end(ap);
  snprintf(stack, sizeof(stack), "%s [HTTP Status:%d]: %s", thrown, status, message);
  json_object *body = json_object_new_object();
  gms_json_add_string(body, "exceptionClass", thrown);
  gms_json_add_string(body, "message", message);
  gms_json_add_string(body, "stackTrace", stack);
  json_object_object_add(body, "status", json_object_new_int(status));
  gms_reply_json(request, status, body);
  gms_reply_header(request, "X-RestLi-Error-Response", "true");
}

void gms_reply_failed(gms_request *request, const dh_error *error)
{
  int status = error->http_status;
  if (!status) {
    switch (error->status) {
    case DH_MALFORMED:
      status = MHD_HTTP_BAD_REQUEST;
      break;
    case DH_DENIED:
      status = MHD_HTTP_FORBIDDEN;
      break;
    case DH_UNAVAILABLE:
    case DH_TIMEOUT:
      status = MHD_HTTP_SERVICE_UNAVAILABLE;
      break;
    default:
      status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
  }
  gms_reply_error(request, status, "%s", error->message);
}

static bool wants_json(const gms_request *request)
{
  const char *accept = gms_request_header(request, "Accept");
  return accept && strstr(accept, "application/json") != NULL;
}

static void add_escaped(char *out, size_t size, const char *text)
{
  size_t used = 0;
  for (; *text && used + 7 < size; text++) {
    const char *as = *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '&' ? "&amp;" : NULL;
    if (!as && *text == '"')
      as = "&quot;";
    if (as)
      used += (size_t)sprintf(out + used, "%s", as);
    else
      out[used++] = *text;
  }
  out[used] = '\0';
}

void gms_reply_page(gms_request *request, int status, const char *message)
{
  if (wants_json(request)) {
    json_object *body = json_object_new_object();
    char number[12];
    snprintf(number, sizeof(number), "%d", status);
    gms_json_add_string(body, "url", request->path);
    gms_json_add_string(body, "status", number);
    gms_json_add_string(body, "message", message);
    gms_reply_json(request, status, body);
    return;
  }
  char words[512], page[2048];
  add_escaped(words, sizeof(words), message);
  int size = snprintf(page, sizeof(page),
                      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<title>Error %d %s</title></head>\n"
                      "<body><h1>HTTP ERROR %d %s</h1></body></html>\n",
                      status, words, status, words);
  gms_reply_bytes(request, status, "text/html;charset=utf-8", page, (size_t)size);
}

void gms_reply_header(gms_request *request, const char *name, const char *value)
{
  for (size_t i = 0; i < request->header_count; i++)
    if (!strcmp(request->headers[i].name, name) && strcmp(name, "Set-Cookie"))
      return;
  char *copy = request->header_count < GMS_MAX_HEADERS ? strdup(value) : NULL;
  if (!copy)
    return;
  request->headers[request->header_count].name = name;
  request->headers[request->header_count++].value = copy;
}

void gms_reply_trace(gms_request *request)
{
  char parent[64];
  /* The span within the trace is the write itself: the end of the trace's own number. */
  snprintf(parent, sizeof(parent), "00-%s-%s-01", request->trace, request->trace + 16);
  gms_reply_header(request, "traceparent", parent);
}

void gms_reply_success(gms_request *request)
{
  static const char body[] = "{\"value\":\"success\"}";
  gms_reply_bytes(request, MHD_HTTP_OK, "application/json", body, sizeof(body) - 1);
  gms_reply_trace(request);
}

json_object *gms_request_object(gms_request *request)
{
  dh_error error = {0};
  json_object *body =
      gms_json_parse(request->body ? request->body : "", request->body_size, &error);
  if (!body)
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST, "Cannot parse the request body: %s",
                    error.message);
  else if (!json_object_is_type(body, json_type_object)) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST, "The request body must be a JSON object");
    json_object_put(body);
    body = NULL;
  }
  return body;
}
