/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at the TLS files when the sink is opened: a path that is wrong is told then, by its
 * option's name, and not by the first request of a run that has begun. libcurl reads the
 * files itself, again for each connection, so that they may be renewed meanwhile.
 */
#include "rest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is looked for stands near the beginning, or behind a chain of a few certificates. */
#define LOOK_BYTES ((size_t)256 << 10)

enum { HAS_CERTIFICATE = 1, HAS_KEY = 2, HAS_LOCKED_KEY = 4 };

static dh_status unreadable(rest *sink, const char *option, const char *path, int why,
                            dh_error *error)
{
  return sink->host->fail(sink->host, error, DH_MISCONFIGURED,
                          "%s: cannot read %.200s: %s; check the path, and that this user may read "
                          "the file",
                          option, path, strerror(why));
}

static bool holds(const char *bytes, size_t size, const char *words)
{
  return memmem(bytes, size, words, strlen(words)) != NULL;
}

static unsigned classify(const char *bytes, size_t size)
{
  unsigned found = 0;
  if (holds(bytes, size, "CERTIFICATE-----"))
    found |= HAS_CERTIFICATE;
  if (holds(bytes, size, "PRIVATE KEY-----"))
    found |= HAS_KEY;
  if (holds(bytes, size, "BEGIN ENCRYPTED PRIVATE KEY-----") ||
      holds(bytes, size, "Proc-Type: 4,ENCRYPTED"))
    found |= HAS_LOCKED_KEY;
  return found;
}

/* The bytes may be a key: they are wiped. */
static dh_status look(rest *sink, const char *option, const char *path, unsigned *found,
                      dh_error *error)
{
  const dh_host *host = sink->host;
  int fd = open(path, O_RDONLY | O_CLOEXEC), why = errno;
  if (fd < 0)
    return unreadable(sink, option, path, why, error);
  char *bytes = malloc(LOOK_BYTES);
  size_t size = 0;
  ssize_t n = 1;
  while (bytes && size < LOOK_BYTES && n > 0) {
    n = read(fd, bytes + size, LOOK_BYTES - size);
    why = errno;
    size += n > 0 ? (size_t)n : 0;
    if (n < 0 && why == EINTR)
      n = 1;
  }
  close(fd);
  if (!bytes)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the sink");
  *found = classify(bytes, size);
  explicit_bzero(bytes, size);
  free(bytes);
  return n < 0 ? unreadable(sink, option, path, why, error) : DH_OK;
}

static dh_status check(rest *sink, const char *option, const char *path, unsigned wanted,
                       dh_error *error)
{
  const dh_host *host = sink->host;
  unsigned found = 0;
  dh_status status = look(sink, option, path, &found, error);
  if (status)
    return status;
  if (wanted & ~found)
    return host->fail(host, error, DH_MISCONFIGURED, "%s: %.200s holds no %s in PEM form", option,
                      path, (wanted & ~found) == HAS_KEY ? "private key" : "certificate");
  if (found & wanted & HAS_KEY && found & HAS_LOCKED_KEY)
    return host->fail(host, error, DH_MISCONFIGURED,
                      "%s: the key in %.200s is locked with a password, which this sink cannot be "
                      "given; write it without one (openssl pkey -in OLD -out NEW), readable by "
                      "this user alone",
                      option, path);
  return DH_OK;
}

dh_status rest_check_pem(rest *sink, const rest_tls_names *names, dh_error *error)
{
  const dh_host *host = sink->host;
  dh_status status = DH_OK;
  if (sink->key_file && !sink->cert_file)
    return host->fail(host, error, DH_MISCONFIGURED,
                      "%s names a key (%.200s) and nothing its certificate; set "
                      "client_certificate_path too",
                      names->key, sink->key_file);
  if (sink->ca_file)
    status = check(sink, names->ca, sink->ca_file, HAS_CERTIFICATE, error);
  if (!status && sink->cert_file)
    status = check(sink, names->cert, sink->cert_file,
                   sink->key_file ? HAS_CERTIFICATE : HAS_CERTIFICATE | HAS_KEY, error);
  if (!status && sink->key_file)
    status = check(sink, names->key, sink->key_file, HAS_KEY, error);
  return status;
}
