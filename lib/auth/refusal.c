/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A 401 says nothing of its reason; the client can still know whether it sent a token, and
 * what that token says of itself.
 */
#include <datahub/credential.h>
#include <datahub/token.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATAHUB_ISSUER "datahub-metadata-service"

static void when(int64_t ms, char *out, size_t size)
{
  struct tm tm;
  time_t at = (time_t)(ms / 1000);
  if (!gmtime_r(&at, &tm) || !strftime(out, size, "%Y-%m-%d %H:%M:%S UTC", &tm))
    snprintf(out, size, "an unknown time");
}

static void ago(int64_t ms, char *out, size_t size)
{
  long long s = (long long)(ms / 1000);
  if (s < 120)
    snprintf(out, size, "%lld s", s);
  else if (s < 2 * 3600)
    snprintf(out, size, "%lld minutes", s / 60);
  else if (s < 2 * 86400)
    snprintf(out, size, "%lld hours", s / 3600);
  else
    snprintf(out, size, "%lld days", s / 86400);
}

/* A claim is anyone's text: one short line of it. */
static void tidy(const char *claim, char *out, size_t size)
{
  size_t n = 0;
  for (; claim && claim[n] && n + 1 < size; n++)
    out[n] = isprint((unsigned char)claim[n]) ? claim[n] : '?';
  out[n] = '\0';
}

/* What a JWT says of itself, unchecked. */
static int words_of_claims(dh_token *token, const char *origin, int64_t now_ms, char *out,
                           size_t size)
{
  char issuer[120], at[40], since[40];
  int64_t expiry = dh_token_expiry(token);
  tidy(dh_token_claim(token, "iss"), issuer, sizeof(issuer));
  if (expiry && expiry <= now_ms) {
    when(expiry, at, sizeof(at));
    ago(now_ms - expiry, since, sizeof(since));
    return snprintf(out, size,
                    "the token (%s) expired at %s by its own exp claim, %s ago by this machine's "
                    "clock; get a new one",
                    origin, at, since);
  }
  if (strcmp(issuer, DATAHUB_ISSUER))
    return snprintf(out, size,
                    "the token (%s) %s%s, not by DataHub itself, and has not expired by its own "
                    "claims; GMS takes it only where that issuer and its audience are configured "
                    "(EXTERNAL_OAUTH_TRUSTED_ISSUERS, EXTERNAL_OAUTH_ALLOWED_AUDIENCES)",
                    origin, *issuer ? "is by " : "names no issuer, so is", issuer);
  return snprintf(out, size,
                  "the token (%s) is a DataHub token and has not expired by its own claims; it was "
                  "revoked, or is of another DataHub, or its user is gone: make a new one here",
                  origin);
}

static int words_of_bearer(const dh_credential *credential, int64_t now_ms, char *out, size_t size)
{
  size_t length = 0;
  const char *text = dh_secret_bytes(dh_credential_value(credential), &length);
  const char *origin = dh_credential_origin(credential);
  dh_token *token = dh_token_decode(text, length, NULL);
  if (!origin)
    origin = "of unknown origin";
  if (!token)
    return snprintf(out, size,
                    "the token (%s) is no JWT, as DataHub's own are; check that all of it was "
                    "copied, and that it is for this server",
                    origin);
  int n = words_of_claims(token, origin, now_ms, out, size);
  dh_token_free(token);
  return n;
}

size_t dh_credential_explain_refusal(const dh_credential *credential, int64_t now_ms, char *out,
                                     size_t size)
{
  int n;
  if (!credential)
    n = snprintf(out, size,
                 "no token was sent, because none is configured; give one by `token` or `auth` of "
                 "the sink, DATAHUB_GMS_TOKEN, ~/.datahubenv, or dhub's --token-file; `dhub auth "
                 "explain` shows where one was looked for");
  else if (strcmp(dh_credential_scheme(credential), "Bearer"))
    n = snprintf(out, size,
                 "the system client's id or secret is not that of GMS "
                 "(DATAHUB_SYSTEM_CLIENT_ID, DATAHUB_SYSTEM_CLIENT_SECRET)");
  else
    n = words_of_bearer(credential, now_ms, out, size);
  return n < 0 ? 0 : (size_t)n;
}
