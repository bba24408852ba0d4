/* SPDX-License-Identifier: Apache-2.0 */
#include "exec_credential.h"

#include "token/json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define GROUP "client.authentication.k8s.io/"

static bool digits(const char *text, size_t n, int *out)
{
  *out = 0;
  for (size_t i = 0; i < n; i++) {
    if (text[i] < '0' || text[i] > '9')
      return false;
    *out = *out * 10 + (text[i] - '0');
  }
  return true;
}

/* "Z", "+01:00" -> minutes east. */
static bool read_zone(const char *text, int *minutes)
{
  int h, m;
  *minutes = 0;
  if (!strcmp(text, "Z") || !strcmp(text, "z"))
    return true;
  if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
    return false;
  if (!digits(text + 1, 2, &h) || !digits(text + 4, 2, &m) || h > 23 || m > 59)
    return false;
  *minutes = (h * 60 + m) * (text[0] == '-' ? -1 : 1);
  return true;
}

bool exec_credential_time(const char *text, int64_t *out_ms)
{
  struct tm tm = {0};
  int zone = 0, ms = 0, year;
  if (strlen(text) < 20 || text[4] != '-' || text[7] != '-' || (text[10] | 0x20) != 't' ||
      text[13] != ':' || text[16] != ':')
    return false;
  if (!digits(text, 4, &year) || !digits(text + 5, 2, &tm.tm_mon) ||
      !digits(text + 8, 2, &tm.tm_mday) || !digits(text + 11, 2, &tm.tm_hour) ||
      !digits(text + 14, 2, &tm.tm_min) || !digits(text + 17, 2, &tm.tm_sec))
    return false;
  if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
      tm.tm_min > 59 || tm.tm_sec > 60)
    return false;
  const char *rest = text + 19;
  if (*rest == '.') {
    size_t n = strspn(rest + 1, "0123456789");
    int scale = 100;
    if (!n)
      return false;
    for (size_t i = 0; i < n && scale; i++, scale /= 10)
      ms += (rest[1 + i] - '0') * scale;
    rest += 1 + n;
  }
  if (!read_zone(rest, &zone))
    return false;
  tm.tm_year = year - 1900;
  tm.tm_mon--;
  *out_ms = ((int64_t)timegm(&tm) - zone * 60) * 1000 + ms;
  return true;
}

static bool complain(char *why, size_t size, const char *words)
{
  snprintf(why, size, "%s", words);
  return false;
}

static bool is_credential(const dh_json_object *object, char *why, size_t size)
{
  const dh_json_value *kind = dh_json_get(object, "kind");
  const dh_json_value *version = dh_json_get(object, "apiVersion");
  if (!dh_json_is(kind, "ExecCredential", 14))
    return complain(why, size, "its kind is not ExecCredential");
  if (!dh_json_is(version, GROUP "v1", strlen(GROUP "v1")) &&
      !dh_json_is(version, GROUP "v1beta1", strlen(GROUP "v1beta1")))
    return complain(why, size, "its apiVersion is neither " GROUP "v1 nor v1beta1");
  return true;
}

static bool read_expiry(const dh_json_object *status, int64_t *out, char *why, size_t size)
{
  const dh_json_value *value = dh_json_get(status, "expirationTimestamp");
  char text[64];
  *out = 0;
  if (!value || value->type == DH_JSON_NULL)
    return true;
  if (value->type == DH_JSON_STRING && !value->escaped && value->len < sizeof(text)) {
    memcpy(text, value->ptr, value->len);
    text[value->len] = '\0';
    if (exec_credential_time(text, out))
      return true;
  }
  return complain(why, size, "its status.expirationTimestamp is no RFC 3339 time");
}

bool exec_credential_read(const char *text, size_t size, dh_buf *token, int64_t *expires_at_ms,
                          char *why, size_t why_size)
{
  dh_json_object object, status;
  if (!dh_json_read(&object, text, size)) {
    snprintf(why, why_size, "it is no JSON object: %s at byte %zu", object.fault, object.fault_at);
    return false;
  }
  if (!is_credential(&object, why, why_size))
    return false;
  const dh_json_value *value = dh_json_get(&object, "status");
  if (!value || value->type != DH_JSON_OBJECT || !dh_json_read(&status, value->ptr, value->len))
    return complain(why, why_size, "it has no status");
  value = dh_json_get(&status, "token");
  if (!value || value->type != DH_JSON_STRING || !value->len)
    return complain(why, why_size,
                    dh_json_get(&status, "clientCertificateData")
                        ? "it holds a client certificate and no status.token"
                        : "it has no status.token");
  if (!dh_json_string(value, token))
    return complain(why, why_size, "its status.token cannot be read");
  return read_expiry(&status, expires_at_ms, why, why_size);
}
