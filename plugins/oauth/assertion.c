/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JWTs signed with the client's own key (RFC 7523, section 3).
 */
#include "client.h"

#include "token/jws.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Long enough for clocks that differ, short enough to be of no use to a thief. */
#define ASSERTION_S 300
/* Keys of 16384 bits are below 16 KiB. */
#define KEY_FILE_MAX 65536

static dh_status read_key(oauth_client *client, const char *path, char *bytes, size_t *size,
                          dh_error *error)
{
  struct stat st;
  const dh_host *host = client->host;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  ssize_t got = -1;
  if (fd >= 0 && !fstat(fd, &st))
    got = read(fd, bytes, KEY_FILE_MAX);
  int why = errno;
  if (fd >= 0)
    close(fd);
  if (got < 0)
    return host->fail(host, error, DH_MISCONFIGURED, "cannot read the private key %s: %s", path,
                      strerror(why));
  if (!S_ISREG(st.st_mode))
    return host->fail(host, error, DH_MISCONFIGURED, "the private key %s is not a regular file",
                      path);
  if (st.st_mode & (S_IROTH | S_IWOTH))
    return host->fail(host, error, DH_DENIED,
                      "the private key %s may be read or written by anyone (mode %04o); chmod 600 "
                      "it",
                      path, (unsigned)(st.st_mode & 07777));
  *size = (size_t)got;
  return DH_OK;
}

static const dh_alg *alg_for(const dh_key *key, const char *name)
{
  static const char *const usual[] = {"RS256", "ES256", "ES384", "ES512", "EdDSA"};
  if (name) {
    const dh_alg *alg = dh_alg_find(name, strlen(name));
    return alg && dh_key_fits(key, alg) ? alg : NULL;
  }
  for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
    const dh_alg *alg = dh_alg_find(usual[i], strlen(usual[i]));
    if (alg && dh_key_fits(key, alg))
      return alg;
  }
  return NULL;
}

dh_status oauth_client_load_key(oauth_client *client, dh_error *error)
{
  char bytes[KEY_FILE_MAX];
  size_t size = 0;
  const dh_host *host = client->host;
  const char *path = host->option_text(host, client->options, "private_key_file");
  const char *name = host->option_text(host, client->options, "private_key_alg");
  dh_error why = {.retry_after_ms = -1};
  if (!path)
    return host->fail(host, error, DH_MISCONFIGURED, "%s: %s needs private_key_file",
                      host->option_where(host, client->options, "client_auth"), client->grant);
  dh_status status = read_key(client, path, bytes, &size, error);
  if (status == DH_OK) {
    client->key = dh_key_from_pem(
        bytes, size, host->option_text(host, client->options, "private_key_id"), NULL, &why);
    if (!client->key)
      status =
          host->fail(host, error, DH_MISCONFIGURED, "the private key %s: %s", path, why.message);
    else if (!client->key->may_sign)
      status = host->fail(host, error, DH_MISCONFIGURED,
                          "%s holds a public key; signing needs the private one", path);
    else if (!(client->alg = alg_for(client->key, name)))
      status = host->fail(host, error, DH_MISCONFIGURED, "the private key %s cannot sign with %s",
                          path, name ? name : "any of the usual algorithms; set private_key_alg");
  }
  host->wipe(host, bytes, sizeof(bytes));
  return status;
}

static int add_random(dh_buf *out)
{
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
    return -1;
  for (size_t i = 0; i < sizeof(bytes); i++)
    dh_buf_addf(out, "%02x", bytes[i]);
  return 0;
}

static void add_claim(dh_buf *out, const char *name, const char *value)
{
  dh_buf_addf(out, "%s\"%s\":", out->size > 1 ? "," : "", name);
  dh_buf_add_json(out, value, strlen(value));
}

dh_status oauth_client_assert(const oauth_client *client, const char *issuer, const char *subject,
                              const char *audience, dh_buf *out, dh_error *error)
{
  dh_buf claims;
  dh_error why = {.retry_after_ms = -1};
  const dh_host *host = client->host;
  int64_t now = host->wall_ms(host) / 1000;
  dh_buf_init(&claims);
  dh_buf_addc(&claims, '{');
  add_claim(&claims, "iss", issuer);
  add_claim(&claims, "sub", subject);
  add_claim(&claims, "aud", audience);
  dh_buf_addf(&claims, ",\"iat\":%" PRId64 ",\"exp\":%" PRId64 ",\"jti\":\"", now,
              now + ASSERTION_S);
  int failed = add_random(&claims);
  dh_buf_adds(&claims, "\"}");
  dh_status status = DH_NO_MEMORY;
  if (!failed && dh_buf_text(&claims))
    status = dh_jws_sign(client->key, client->alg, "JWT", claims.data, claims.size, out, &why);
  if (status != DH_OK)
    host->fail(host, error, status, "cannot sign the assertion: %s",
               why.message[0] ? why.message : "out of memory");
  dh_buf_free(&claims);
  return status;
}
