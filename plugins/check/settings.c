/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SECRET_FILE 65536

setting_actor setting_actor_read(const dh_host *host, const dh_options *options)
{
  return (setting_actor){host->option_text(host, options, "subject_claim"),
                         host->option_text(host, options, "actor_prefix")};
}

setting_server setting_server_read(const dh_host *host, const dh_options *options)
{
  return (setting_server){host->option_text(host, options, "ca_file"),
                          host->option_number(host, options, "timeout")};
}

static dh_status check_mode(const dh_host *host, int fd, const char *path, int secret,
                            dh_error *error)
{
  struct stat facts;
  if (fstat(fd, &facts) || !S_ISREG(facts.st_mode))
    return host->fail(host, error, DH_UNAVAILABLE, "%s is not a regular file", path);
  if (secret && (facts.st_mode & (S_IRWXO | S_IWGRP)))
    return host->fail(host, error, DH_DENIED,
                      "%s holds a secret and is open to others (mode %03o): chmod 600 it", path,
                      (unsigned)facts.st_mode & 0777u);
  return DH_OK;
}

static ssize_t read_all(int fd, char *bytes, size_t size)
{
  size_t have = 0;
  while (have < size) {
    ssize_t got = read(fd, bytes + have, size - have);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (!got)
      break;
    have += (size_t)got;
  }
  return (ssize_t)have;
}

char *setting_file(const dh_host *host, const char *path, size_t max, int secret, size_t *size,
                   dh_error *error)
{
  char *bytes = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) {
    host->fail(host, error, DH_UNAVAILABLE, "cannot open %s: %s", path, strerror(errno));
    return NULL;
  }
  if (check_mode(host, fd, path, secret, error) != DH_OK)
    goto out;
  bytes = malloc(max + 2);
  if (!bytes) {
    host->fail(host, error, DH_NO_MEMORY, "out of memory");
    goto out;
  }
  ssize_t have = read_all(fd, bytes, max + 1);
  if (have < 0 || (size_t)have > max) {
    host->fail(host, error, DH_UNAVAILABLE, "cannot read %s: %s", path,
               have < 0 ? strerror(errno) : "it is too large");
    host->wipe(host, bytes, max + 2);
    free(bytes);
    bytes = NULL;
    goto out;
  }
  bytes[have] = '\0';
  *size = (size_t)have;

out:
  close(fd);
  return bytes;
}

static dh_secret *from_file(const dh_host *host, const char *path, dh_error *error)
{
  size_t size;
  char *bytes = setting_file(host, path, MAX_SECRET_FILE, 1, &size, error);
  if (!bytes)
    return NULL;
  if (size && bytes[size - 1] == '\n')
    size--;
  dh_secret *secret = host->secret_new(host, bytes, size);
  host->wipe(host, bytes, size);
  free(bytes);
  if (!secret)
    host->fail(host, error, DH_NO_MEMORY, "out of memory");
  return secret;
}

static dh_status copied(const dh_host *host, const char *bytes, size_t size, dh_secret **out,
                        dh_error *error)
{
  *out = host->secret_new(host, bytes, size);
  return *out ? DH_OK : host->fail(host, error, DH_NO_MEMORY, "out of memory");
}

static dh_status find(const dh_host *host, const dh_options *options, const setting *from,
                      dh_secret **out, dh_error *error)
{
  const dh_secret *given = from->option ? host->option_secret(host, options, from->option) : NULL;
  const char *path = from->file ? host->option_text(host, options, from->file) : NULL;
  const char *variable = from->variable ? secure_getenv(from->variable) : NULL;
  if (given && path)
    return host->fail(host, error, DH_MISCONFIGURED, "%s: give %s or %s, not both",
                      host->option_where(host, options, from->file), from->option, from->file);
  if (given) {
    size_t size;
    const char *bytes = host->secret_bytes(host, given, &size);
    return copied(host, bytes, size, out, error);
  }
  if (path) {
    dh_error why = {.status = DH_UNAVAILABLE};
    *out = from_file(host, path, &why);
    return *out ? DH_OK : host->fail(host, error, why.status, "%s", why.message);
  }
  return variable ? copied(host, variable, strlen(variable), out, error) : DH_OK;
}

dh_status setting_secret(const dh_host *host, const dh_options *options, const setting *from,
                         dh_secret **out, dh_error *error)
{
  size_t size = 0;
  *out = NULL;
  dh_status status = find(host, options, from, out, error);
  if (status != DH_OK || !*out)
    return status;
  host->secret_bytes(host, *out, &size);
  if (size)
    return DH_OK;
  host->secret_free(host, *out);
  *out = NULL;
  return host->fail(host, error, DH_MISCONFIGURED, "the secret %s is empty",
                    from->option ? from->option : from->file);
}
