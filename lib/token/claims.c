/* SPDX-License-Identifier: Apache-2.0 */
#include "token/claims.h"

#include <datahub/error.h>

#include <string.h>

/* 9999-12-31: later than it is a mistake of units, and would overflow in milliseconds. */
#define LAST_SECOND INT64_C(253402300799)

dh_status dh_claims_date(const dh_json_object *claims, const char *name, int64_t *out_ms,
                         dh_error *error)
{
  const dh_json_value *value = dh_json_get(claims, name);
  int64_t seconds = 0;
  *out_ms = 0;
  if (!value)
    return DH_OK;
  if (!dh_json_integer(value, &seconds) || seconds < 1 || seconds > LAST_SECOND)
    return dh_error_set(error, DH_MALFORMED,
                        "the token's %s is not a date in whole seconds since 1970", name);
  *out_ms = seconds * 1000;
  return DH_OK;
}

dh_status dh_claims_time(const dh_json_object *claims, int64_t now_ms, int64_t leeway_ms,
                         int64_t *expires_at_ms, dh_error *error)
{
  int64_t not_before;
  dh_status status = dh_claims_date(claims, "exp", expires_at_ms, error);
  if (status == DH_OK)
    status = dh_claims_date(claims, "nbf", &not_before, error);
  if (status != DH_OK)
    return status;
  if (*expires_at_ms && *expires_at_ms <= now_ms - leeway_ms)
    return dh_error_set(error, DH_EXPIRED, "the token expired %lld s ago",
                        (long long)((now_ms - *expires_at_ms) / 1000));
  if (not_before > now_ms + leeway_ms)
    return dh_error_set(error, DH_DENIED, "the token is not valid for another %lld s",
                        (long long)((not_before - now_ms) / 1000));
  return DH_OK;
}

bool dh_claims_has(const dh_json_object *claims, const char *name, const char *text)
{
  const dh_json_value *value = dh_json_get(claims, name);
  size_t at = 0, size = strlen(text);
  dh_json_value element;
  if (!value || value->type != DH_JSON_ARRAY)
    return dh_json_is(value, text, size);
  while (dh_json_next(value, &at, &element))
    if (dh_json_is(&element, text, size))
      return true;
  return false;
}
