/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

char *authd_header_value(const char *text)
{
  size_t size = strlen(text), used = 0;
  char *out = malloc(size * 3 + 1);
  if (!out)
    return NULL;
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c >= 0x20 && c < 0x7f)
      out[used++] = (char)c;
    else
      used += (size_t)snprintf(out + used, 4, "%%%02X", c);
  }
  out[used] = '\0';
  return out;
}

/* RFC 9110, section 5.6.2: what a header's name may be made of. */
static bool is_token(const char *text)
{
  for (const char *p = text; *p; p++)
    if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))
      return false;
  return *text != '\0';
}

/* RFC 9110, section 5.6.4: a quoted string with nothing to escape. */
static bool is_plain(const char *text)
{
  for (; *text; text++)
    if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f || *text == '"' ||
        *text == '\\')
      return false;
  return true;
}

static dh_status take_claims(authd_policy *policy, const dh_options *options, dh_error *error)
{
  size_t count = dh_options_count(options, "claims");
  const char *where = dh_options_where(options, "claims");
  if (count > AUTHD_MAX_CLAIMS)
    return dh_error_set(error, DH_MISCONFIGURED, "%s: claims: at most %d can be passed on", where,
                        AUTHD_MAX_CLAIMS);
  for (size_t i = 0; i < count; i++) {
    const char *name = dh_options_item(options, "claims", i);
    if (!is_token(name))
      return dh_error_set(error, DH_MISCONFIGURED,
                          "%s: claims: \"%.64s\" cannot be part of a header's name", where, name);
    policy->claims[i] = strdup(name);
    if (!policy->claims[i] || asprintf(&policy->claim_headers[i], "X-DataHub-Claim-%s", name) < 0) {
      policy->claim_headers[i] = NULL;
      return dh_error_set(error, DH_NO_MEMORY, "out of memory while reading the claims");
    }
    policy->claim_count = i + 1;
  }
  return DH_OK;
}

dh_status authd_policy_make(authd_policy *policy, const dh_options *options, dh_error *error)
{
  const char *realm = dh_options_text(options, "realm");
  memset(policy, 0, sizeof(*policy));
  if (!is_plain(realm))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s: realm: printable ASCII without \" and \\ is what it may hold",
                        dh_options_where(options, "realm"));
  dh_status status = take_claims(policy, options, error);
  /* RFC 6750, section 3: without a credential no error code is given. */
  if (!status && asprintf(&policy->challenge_absent, "Bearer realm=\"%s\"", realm) < 0) {
    policy->challenge_absent = NULL;
    status = dh_error_set(error, DH_NO_MEMORY, "out of memory");
  }
  if (!status &&
      asprintf(&policy->challenge_invalid,
               "Bearer realm=\"%s\", error=\"invalid_token\", error_description=\"The access token "
               "is not valid or no longer valid\"",
               realm) < 0) {
    policy->challenge_invalid = NULL;
    status = dh_error_set(error, DH_NO_MEMORY, "out of memory");
  }
  if (status)
    authd_policy_free(policy);
  return status;
}

void authd_policy_free(authd_policy *policy)
{
  for (size_t i = 0; i < AUTHD_MAX_CLAIMS; i++) {
    free(policy->claims[i]);
    free(policy->claim_headers[i]);
  }
  free(policy->challenge_absent);
  free(policy->challenge_invalid);
  memset(policy, 0, sizeof(*policy));
}

static bool add(authd_answer *answer, const char *name, const char *value)
{
  authd_header *header = &answer->headers[answer->count];
  header->name = name;
  header->value = authd_header_value(value ? value : "");
  if (!header->value)
    return false;
  answer->count++;
  return true;
}

/* RFC 3339, UTC, whole seconds; empty where it never ends. */
static void format_expiry(int64_t expires_at_ms, char out[32])
{
  time_t seconds = (time_t)(expires_at_ms / 1000);
  struct tm parts;
  out[0] = '\0';
  if (expires_at_ms > 0 && gmtime_r(&seconds, &parts))
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/* A string as it is, anything else as JSON; NULL where the claim is not there. */
static const char *claim_text(json_object *claims, const char *name)
{
  json_object *value = NULL;
  if (!claims || !json_object_object_get_ex(claims, name, &value) || !value)
    return NULL;
  if (json_object_is_type(value, json_type_string))
    return json_object_get_string(value);
  return json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
}

static bool add_claims(authd_answer *answer, const authd_policy *policy,
                       const dh_principal *principal)
{
  bool whole = true;
  if (!policy->claim_count)
    return true;
  const char *text = dh_principal_text(principal, DH_PRINCIPAL_CLAIMS);
  json_object *claims = text ? json_tokener_parse(text) : NULL;
  for (size_t i = 0; i < policy->claim_count && whole; i++)
    whole = add(answer, policy->claim_headers[i], claim_text(claims, policy->claims[i]));
  json_object_put(claims);
  return whole;
}

static bool accept_answer(authd_answer *answer, const authd_policy *policy,
                          const dh_principal *principal)
{
  static const struct {
    const char *header;
    dh_principal_field field;
  } fields[] = {
      {"X-DataHub-Actor", DH_PRINCIPAL_ACTOR},
      {"X-DataHub-Actor-Type", DH_PRINCIPAL_ACTOR_TYPE},
      {"X-DataHub-Token-Type", DH_PRINCIPAL_TOKEN_TYPE},
      {"X-DataHub-Token-Id", DH_PRINCIPAL_TOKEN_ID},
      {"X-DataHub-Issuer", DH_PRINCIPAL_ISSUER},
  };
  char expires[32];
  answer->status = 200;
  for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
    if (!add(answer, fields[i].header, dh_principal_text(principal, fields[i].field)))
      return false;
  format_expiry(dh_principal_expiry(principal), expires);
  return add(answer, "X-DataHub-Expires", expires) && add_claims(answer, policy, principal);
}

bool authd_answer_make(authd_answer *answer, const authd_policy *policy, dh_status result,
                       bool presented, const dh_principal *principal)
{
  memset(answer, 0, sizeof(*answer));
  switch (result) {
  case DH_OK:
    return accept_answer(answer, policy, principal);
  case DH_IGNORE:
  case DH_DENIED:
  case DH_EXPIRED:
  case DH_REVOKED:
  case DH_MALFORMED:
    answer->status = 401;
    return add(answer, "WWW-Authenticate",
               presented ? policy->challenge_invalid : policy->challenge_absent);
  case DH_UNAVAILABLE:
  case DH_MISCONFIGURED:
  case DH_TIMEOUT:
  case DH_NO_MEMORY:
  case DH_INTERNAL:
  case DH_STATUS_WIDTH_:
    break;
  }
  answer->status = 503;
  return add(answer, "Retry-After", "1");
}

void authd_answer_free(authd_answer *answer)
{
  for (size_t i = 0; i < answer->count; i++)
    free(answer->headers[i].value);
  answer->count = 0;
}
