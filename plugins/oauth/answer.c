/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include "../ascii.h"
#include "token/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void oauth_answer_init(oauth_answer *answer)
{
  dh_buf_init_secret(&answer->access_token);
  dh_buf_init_secret(&answer->refresh_token);
  dh_buf_init_secret(&answer->token_type);
  dh_buf_init_secret(&answer->issued_token_type);
  answer->expires_in = -1;
}

void oauth_answer_clear(oauth_answer *answer)
{
  dh_buf_wipe(&answer->access_token);
  dh_buf_wipe(&answer->refresh_token);
  dh_buf_wipe(&answer->token_type);
  dh_buf_wipe(&answer->issued_token_type);
}

static bool complain(char *why, size_t size, const char *what, const char *name)
{
  snprintf(why, size, what, name);
  return false;
}

/* A string member that is optional; null stands for absent. */
static bool take_text(const dh_json_object *object, const char *name, dh_buf *out, char *why,
                      size_t size)
{
  const dh_json_value *value = dh_json_get(object, name);
  if (!value || value->type == DH_JSON_NULL)
    return true;
  if (value->type != DH_JSON_STRING || !dh_json_string(value, out) || !dh_buf_text(out))
    return complain(why, size, "its %s is not a string", name);
  for (size_t i = 0; i < out->size; i++)
    if ((unsigned char)out->data[i] <= 0x20 || (unsigned char)out->data[i] >= 0x7f)
      return complain(why, size,
                      "its %s holds a space, a line break or another byte that no token has", name);
  return true;
}

/* RFC 6749 asks for a number; some providers send its digits as a string. */
static bool take_expires_in(const dh_json_object *object, int64_t *out, char *why, size_t size)
{
  char text[32];
  const dh_json_value *value = dh_json_get(object, "expires_in");
  if (!value || value->type == DH_JSON_NULL)
    return true;
  bool is_text = value->type == DH_JSON_STRING && !value->escaped;
  if ((!is_text && value->type != DH_JSON_NUMBER) || !value->len || value->len >= sizeof(text))
    return complain(why, size, "its expires_in is not a %s", "number of seconds");
  memcpy(text, value->ptr, value->len);
  text[value->len] = '\0';
  char *end = NULL;
  double seconds = ascii_double(text, &end);
  if (*end || isspace((unsigned char)text[0]) || strspn(text, "0123456789+-.eE") != value->len)
    return complain(why, size, "its expires_in is not a %s", "number of seconds");
  if (!(seconds >= 1))
    return complain(why, size, "its expires_in is %s: the token is over before it is used", text);
  *out = seconds > (double)OAUTH_LONGEST_S ? OAUTH_LONGEST_S : (int64_t)seconds;
  return true;
}

bool oauth_answer_read(oauth_answer *answer, const char *body, size_t size, char *why,
                       size_t why_size)
{
  dh_json_object object;
  if (!dh_json_read(&object, body, size)) {
    snprintf(why, why_size, "it is no JSON object: %s at byte %zu", object.fault, object.fault_at);
    return false;
  }
  if (!take_text(&object, "access_token", &answer->access_token, why, why_size) ||
      !take_text(&object, "refresh_token", &answer->refresh_token, why, why_size) ||
      !take_text(&object, "token_type", &answer->token_type, why, why_size) ||
      !take_text(&object, "issued_token_type", &answer->issued_token_type, why, why_size) ||
      !take_expires_in(&object, &answer->expires_in, why, why_size))
    return false;
  if (!answer->access_token.size)
    return complain(why, why_size, "it has no %s", "access_token");
  if (!answer->token_type.size)
    return complain(why, why_size, "it has no %s", "token_type");
  return true;
}

/* --- refusals --- */

static void take_line(const dh_json_object *object, const char *name, char *out, size_t size)
{
  dh_buf text;
  const dh_json_value *value = dh_json_get(object, name);
  out[0] = '\0';
  if (!value || value->type != DH_JSON_STRING)
    return;
  dh_buf_init_secret(&text);
  if (dh_json_string(value, &text) && dh_buf_text(&text))
    snprintf(out, size, "%s", dh_buf_text(&text));
  dh_buf_wipe(&text);
  for (char *c = out; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f)
      *c = ' ';
}

void oauth_refusal_read(oauth_refusal *refusal, const char *body, size_t size)
{
  dh_json_object object;
  memset(refusal, 0, sizeof(*refusal));
  if (!dh_json_read(&object, body, size))
    return;
  take_line(&object, "error", refusal->code, sizeof(refusal->code));
  take_line(&object, "error_description", refusal->description, sizeof(refusal->description));
}

typedef struct meaning {
  const char *code;
  dh_status status;
  const char *words;
} meaning;

/* RFC 6749, section 5.2; RFC 8693, section 2.2.2; RFC 7521, section 4.1.1. */
static const meaning meanings[] = {
    {"invalid_request", DH_MISCONFIGURED,
     "the request lacks a parameter or has one that the provider does not take"},
    {"invalid_client", DH_DENIED,
     "the client is unknown or could not prove who it is; check client_id, its secret or key, and "
     "client_auth"},
    {"invalid_grant", DH_DENIED,
     "the token that was exchanged, refreshed or asserted is expired, revoked or meant for another "
     "client; get a new one"},
    {"unauthorized_client", DH_MISCONFIGURED,
     "this client may not use this grant; allow it at the identity provider"},
    {"unsupported_grant_type", DH_MISCONFIGURED,
     "the provider does not know this grant; is it the right token endpoint?"},
    {"invalid_scope", DH_MISCONFIGURED, "the scope is unknown or not allowed to this client"},
    {"invalid_target", DH_MISCONFIGURED, "the audience or resource is unknown to the provider"},
    {"access_denied", DH_DENIED, "the provider's policy refuses it"},
    {"server_error", DH_UNAVAILABLE, "the provider has a fault of its own"},
    {"temporarily_unavailable", DH_UNAVAILABLE,
     "the provider is overloaded or down; it is tried "
     "again"},
};

static const meaning *find_meaning(const char *code)
{
  for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
    if (!strcmp(meanings[i].code, code))
      return &meanings[i];
  return NULL;
}

const char *oauth_refusal_words(const char *code)
{
  const meaning *m = find_meaning(code);
  return m ? m->words : NULL;
}

dh_status oauth_refusal_status(const char *code, int http_status)
{
  const meaning *m = find_meaning(code);
  if (m)
    return m->status;
  if (http_status == 429 || http_status >= 500)
    return DH_UNAVAILABLE;
  if (http_status == 404 || http_status == 405 || (http_status >= 300 && http_status < 400))
    return DH_MISCONFIGURED;
  return http_status == 200 ? DH_MALFORMED : DH_DENIED;
}
