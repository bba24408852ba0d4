/* SPDX-License-Identifier: Apache-2.0 */
#include <datahub/error.h>

#include <stdio.h>
#include <string.h>

const char *dh_status_name(dh_status status)
{
  static const char *const names[DH_STATUS_COUNT] = {
      [DH_OK] = "ok",
      [DH_IGNORE] = "ignore",
      [DH_UNAVAILABLE] = "unavailable",
      [DH_DENIED] = "denied",
      [DH_EXPIRED] = "expired",
      [DH_REVOKED] = "revoked",
      [DH_MALFORMED] = "malformed",
      [DH_MISCONFIGURED] = "misconfigured",
      [DH_TIMEOUT] = "timeout",
      [DH_NO_MEMORY] = "no-memory",
      [DH_INTERNAL] = "internal",
  };
  unsigned n = (unsigned)status;
  return n < DH_STATUS_COUNT ? names[n] : "unknown";
}

void dh_error_clear(dh_error *error)
{
  if (!error)
    return;
  error->status = DH_OK;
  error->http_status = 0;
  error->retry_after_ms = -1;
  error->message[0] = '\0';
}

/* Ends a message that was cut in a way that shows it, at a character's border. */
static void mark_cut(char *message, size_t size)
{
  size_t end = size - 4;
  while (end > 0 && ((unsigned char)message[end] & 0xc0) == 0x80)
    end--;
  memcpy(message + end, "...", 4);
}

dh_status dh_error_setv(dh_error *error, dh_status status, const char *format, va_list ap)
{
  if (!error)
    return status;
  dh_error_clear(error);
  error->status = status;
  int need = vsnprintf(error->message, sizeof(error->message), format, ap);
  if (need < 0)
    error->message[0] = '\0';
  else if ((size_t)need >= sizeof(error->message))
    mark_cut(error->message, sizeof(error->message));
  return status;
}

dh_status dh_error_set(dh_error *error, dh_status status, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  dh_error_setv(error, status, format, ap);
  va_end(ap);
  return status;
}

void dh_error_prefix(dh_error *error, const char *format, ...)
{
  if (!error)
    return;
  char old[DH_ERROR_MESSAGE_SIZE];
  memcpy(old, error->message, sizeof(old));
  va_list ap;
  va_start(ap, format);
  int used = vsnprintf(error->message, sizeof(error->message), format, ap);
  va_end(ap);
  if (used < 0)
    used = 0;
  if ((size_t)used < sizeof(error->message)) {
    size_t room = sizeof(error->message) - (size_t)used;
    int need = snprintf(error->message + used, room, "%s", old);
    if (need < 0 || (size_t)need < room)
      return;
  }
  mark_cut(error->message, sizeof(error->message));
}
