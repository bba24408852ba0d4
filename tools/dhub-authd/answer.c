/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include "metadata/json.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* What may stand for itself. '%' may not: a value "a%41" must not read as "aA". A space may,
 * but for the first and the last, which a reader of headers cuts off. */
static bool stands(const char *text, size_t size, size_t at)
{
  unsigned char c = (unsigned char)text[at];
  if (c == ' ')
    return at > 0 && at + 1 < size;
  return c > 0x20 && c < 0x7f && c != '%';
}

char *authd_header_value(const char *text, size_t size)
{
  size_t used = 0;
  char *out = malloc(size * 3 + 1);
  if (!out)
    return NULL;
  for (size_t i = 0; i < size; i++)
    if (stands(text, size, i))
      out[used++] = text[i];
    else
      used += (size_t)snprintf(out + used, 4, "%%%02X", (unsigned char)text[i]);
  out[used] = '\0';
  return out;
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

/* "preferred_username" -> "X-DataHub-Claim-preferred-username". Only letters, digits and '-':
 * servers that turn headers into variables know no difference between '-' and '_', and a caller
 * could forge the one where the gateway overwrites the other. */
static char *claim_header(const char *name)
{
  char *header = NULL;
  if (asprintf(&header, "X-DataHub-Claim-%s", name) < 0)
    return NULL;
  for (char *p = header; *p; p++)
    if (!isalnum((unsigned char)*p))
      *p = '-';
  return header;
}

static dh_status take_claim(authd_policy *policy, const char *name, const char *where,
                            dh_error *error)
{
  size_t at = policy->claim_count;
  if (!*name || strlen(name) > AUTHD_MAX_CLAIM_NAME)
    return dh_error_set(error, DH_MISCONFIGURED, "%s: claims: a claim's name has 1 to %d bytes",
                        where, AUTHD_MAX_CLAIM_NAME);
  policy->claims[at] = strdup(name);
  policy->claim_headers[at] = claim_header(name);
  policy->claim_count++;
  if (!policy->claims[at] || !policy->claim_headers[at])
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while reading the claims");
  for (size_t i = 0; i < at; i++)
    if (!strcasecmp(policy->claim_headers[i], policy->claim_headers[at]))
      return dh_error_set(error, DH_MISCONFIGURED,
                          "%s: claims: \"%s\" and \"%s\" would both be passed on as %s: leave one "
                          "out",
                          where, policy->claims[i], name, policy->claim_headers[at]);
  return DH_OK;
}

static dh_status take_claims(authd_policy *policy, const dh_options *options, dh_error *error)
{
  size_t count = dh_options_count(options, "claims");
  const char *where = dh_options_where(options, "claims");
  dh_status status = DH_OK;
  if (count > AUTHD_MAX_CLAIMS)
    return dh_error_set(error, DH_MISCONFIGURED, "%s: claims: at most %d can be passed on", where,
                        AUTHD_MAX_CLAIMS);
  for (size_t i = 0; i < count && !status; i++)
    status = take_claim(policy, dh_options_item(options, "claims", i), where, error);
  return status;
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

static bool add_bytes(authd_answer *answer, const char *name, const char *value, size_t size)
{
  authd_header *header = &answer->headers[answer->count];
  header->name = name;
  header->value = authd_header_value(value, size);
  if (!header->value)
    return false;
  answer->count++;
  return true;
}

static bool add(authd_answer *answer, const char *name, const char *value)
{
  return add_bytes(answer, name, value ? value : "", value ? strlen(value) : 0);
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

/* A string as it is, with any zero bytes; anything else as JSON; empty where the claim is not
 * there. */
static bool add_claim(authd_answer *answer, const char *header, json_object *claims,
                      const char *name)
{
  json_object *value = NULL;
  if (!claims || !json_object_object_get_ex(claims, name, &value) || !value)
    return add(answer, header, NULL);
  if (json_object_is_type(value, json_type_string))
    return add_bytes(answer, header, json_object_get_string(value),
                     (size_t)json_object_get_string_len(value));
  return add(answer, header, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
}

static bool add_claims(authd_answer *answer, const authd_policy *policy,
                       const dh_principal *principal)
{
  bool whole = true;
  if (!policy->claim_count)
    return true;
  const char *text = dh_principal_text(principal, DH_PRINCIPAL_CLAIMS);
  json_object *claims = text ? dh_json_tree(text, strlen(text)) : NULL;
  for (size_t i = 0; i < policy->claim_count && whole; i++)
    whole = add_claim(answer, policy->claim_headers[i], claims, policy->claims[i]);
  json_object_put(claims);
  return whole;
}

int authd_answer_status(dh_status result)
{
  switch (result) {
  case DH_OK:
    return 200;
  case DH_IGNORE:
  case DH_DENIED:
  case DH_EXPIRED:
  case DH_REVOKED:
  case DH_MALFORMED:
    return 401;
  case DH_UNAVAILABLE:
  case DH_MISCONFIGURED:
  case DH_TIMEOUT:
  case DH_NO_MEMORY:
  case DH_INTERNAL:
  case DH_STATUS_WIDTH_:
    break;
  }
  return 503;
}

bool authd_answer_make(authd_answer *answer, const authd_policy *policy,
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
  answer->count = 0;
  for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
    if (!add(answer, fields[i].header, dh_principal_text(principal, fields[i].field)))
      return false;
  format_expiry(dh_principal_expiry(principal), expires);
  return add(answer, "X-DataHub-Expires", expires) && add_claims(answer, policy, principal);
}

void authd_answer_free(authd_answer *answer)
{
  for (size_t i = 0; i < answer->count; i++)
    free(answer->headers[i].value);
  answer->count = 0;
}
