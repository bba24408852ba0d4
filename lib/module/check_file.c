/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose file is it, and who could change it? What is loaded runs with all that this process
 * may do, so only root and the caller may have had their hands on it. The file is opened
 * first and everything about it is asked of the descriptor, which is what gets loaded.
 */
#include "module/load.h"

#include "base/text.h"

#include <openssl/evp.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static dh_status check_owner(const char *path, const struct stat *st, dh_error *error)
{
  uid_t me = geteuid();
  if (st->st_uid == 0 || st->st_uid == me)
    return DH_OK;
  return dh_error_set(error, DH_DENIED,
                      "%s belongs to user %lu, who is neither root nor you (user %lu), and could "
                      "change it: chown it to root",
                      path, (unsigned long)st->st_uid, (unsigned long)me);
}

static dh_status check_writers(const char *path, const struct stat *st, dh_error *error)
{
  if (!(st->st_mode & (S_IWGRP | S_IWOTH)))
    return DH_OK;
  /* In a sticky folder others may add files but not replace those of root and the caller. */
  if (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX))
    return DH_OK;
  return dh_error_set(error, DH_DENIED,
                      "%s can be written by others than its owner (mode %04o), who could put their "
                      "code into this process: chmod go-w %s",
                      path, (unsigned)(st->st_mode & 07777), path);
}

static dh_status check_stat(const char *path, const struct stat *st, dh_error *error)
{
  dh_status status = check_owner(path, st, error);
  return status ? status : check_writers(path, st, error);
}

/* Each folder above `path`, which is absolute and has no symbolic link in it. */
static dh_status check_parents(const char *path, dh_error *error)
{
  char *folder = strdup(path);
  dh_status status = folder ? DH_OK : dh_error_set(error, DH_NO_MEMORY, "out of memory");
  while (!status && folder[1]) {
    struct stat st;
    char *slash = strrchr(folder, '/');
    slash[slash == folder] = '\0';
    if (lstat(folder, &st))
      status = dh_error_set(error, DH_UNAVAILABLE, "cannot look at the folder %s: %s", folder,
                            strerror(errno));
    else
      status = check_stat(folder, &st, error);
  }
  free(folder);
  return status;
}

static dh_status read_digest(int fd, unsigned char digest[32])
{
  unsigned char bytes[16384];
  off_t at = 0;
  ssize_t n = 0;
  EVP_MD_CTX *md = EVP_MD_CTX_new();
  bool good = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
  while (good && (n = pread(fd, bytes, sizeof(bytes), at)) > 0) {
    good = EVP_DigestUpdate(md, bytes, (size_t)n) == 1;
    at += n;
  }
  good = good && n == 0 && EVP_DigestFinal_ex(md, digest, NULL) == 1;
  EVP_MD_CTX_free(md);
  return good ? DH_OK : DH_INTERNAL;
}

static void to_hex(const unsigned char digest[32], char hex[65])
{
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < 32; i++) {
    hex[2 * i] = digits[digest[i] >> 4];
    hex[2 * i + 1] = digits[digest[i] & 15];
  }
  hex[64] = '\0';
}

static dh_status check_digest(const dh_checked *checked, const char *want, dh_error *error)
{
  unsigned char digest[32];
  char have[65];
  if (strlen(want) != 64 || want[strspn(want, "0123456789abcdefABCDEF")])
    return dh_error_set(
        error, DH_MISCONFIGURED,
        "the sha256 for %s is not 64 hexadecimal digits: take those that `sha256sum "
        "%s` prints",
        checked->path, checked->path);
  if (read_digest(checked->fd, digest))
    return dh_error_set(error, DH_UNAVAILABLE, "cannot read %s for its sha256", checked->path);
  to_hex(digest, have);
  if (!dh_text_casecmp(have, want))
    return DH_OK;
  return dh_error_set(
      error, DH_DENIED,
      "%s is not the file that the configuration pins: its sha256 is %s, not %s; put "
      "the expected file back, or change the pin if the new one is meant",
      checked->path, have, want);
}

static dh_status open_file(dh_checked *checked, const char *path, dh_error *error)
{
  struct stat st;
  checked->path = realpath(path, NULL);
  if (checked->path) /* no link is left in it: one that appears now is an attack */
    checked->fd = open(checked->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (checked->fd < 0)
    return dh_error_set(error, errno == EACCES ? DH_DENIED : DH_UNAVAILABLE,
                        "cannot open the module %s: %s", path, strerror(errno));
  if (fstat(checked->fd, &st))
    return dh_error_set(error, DH_UNAVAILABLE, "cannot look at the module %s: %s", path,
                        strerror(errno));
  if (!S_ISREG(st.st_mode))
    return dh_error_set(error, DH_MALFORMED, "%s is not a regular file, so not a module",
                        checked->path);
  checked->device = st.st_dev;
  checked->inode = st.st_ino;
  return check_stat(checked->path, &st, error);
}

dh_status dh_check_file(dh_checked *checked, const char *path, const char *sha256, dh_error *error)
{
  memset(checked, 0, sizeof(*checked));
  checked->fd = -1;
  dh_status status = open_file(checked, path, error);
  if (!status)
    status = check_parents(checked->path, error);
  if (!status && sha256)
    status = check_digest(checked, sha256, error);
  if (!status)
    return DH_OK;
  if (checked->fd >= 0)
    close(checked->fd);
  free(checked->path);
  return status;
}
