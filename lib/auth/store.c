/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/store.h"
#include "auth/span.h"
#include "base/buf.h"
#include "module/module.h"
#include "token/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define POLL_MS 20
#define STORE_MAX 262144

static int fail(dh_error *error, const char *path, const char *why)
{
  dh_error_set(error, DH_UNAVAILABLE, "%s: %s", path, why);
  return -1;
}

static int open_folder(const char *path, dh_error *error)
{
  struct stat st;
  if (mkdir(path, 0700) && errno != EEXIST)
    return fail(error, path, strerror(errno));
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st)) {
    int why = errno;
    dh_store_close(fd);
    return fail(error, path, strerror(why));
  }
  if (st.st_uid == geteuid() && !(st.st_mode & 077))
    return fd;
  close(fd);
  return fail(error, path, "it is another user's, or open to others; remove it");
}

static const char *wait_for_lock(const dh_context *context, int fd, int64_t until_ms)
{
  const struct timespec pause = {0, POLL_MS * 1000000};
  while (flock(fd, LOCK_EX | LOCK_NB)) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return strerror(errno);
    if (dh_mono_ms(context) >= until_ms)
      return "another process has kept it locked for long, and may hang while it asks for the "
             "credential; this one asks by itself";
    nanosleep(&pause, NULL);
  }
  return NULL;
}

static int open_file(const dh_context *context, int folder, const char *name, int64_t until_ms,
                     dh_error *error)
{
  struct stat st;
  int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  const char *why =
      fd < 0 || fstat(fd, &st) ? strerror(errno) : wait_for_lock(context, fd, until_ms);
  if (why) {
    fail(error, name, why);
    dh_store_close(fd);
    return -1;
  }
  if (S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077) && st.st_nlink == 1)
    return fd;
  close(fd);
  return fail(error, name, "it is another user's, or open to others; remove it");
}

int dh_store_open(const dh_context *context, const char *name, int64_t deadline_ms, dh_error *error)
{
  char *path = NULL;
  const char *root = secure_getenv("XDG_RUNTIME_DIR");
  if (!root || *root != '/') {
    dh_error_set(error, DH_UNAVAILABLE, "XDG_RUNTIME_DIR is not set");
    return -1;
  }
  if (asprintf(&path, "%s/libdatahub", root) < 0) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return -1;
  }
  int folder = open_folder(path, error);
  int64_t now = dh_mono_ms(context);
  int fd = folder < 0 ? -1 : open_file(context, folder, name, now + (deadline_ms - now) / 2, error);
  if (folder >= 0 && fd < 0)
    dh_error_prefix(error, "%s/", path);
  dh_store_close(folder);
  free(path);
  return fd;
}

void dh_store_close(int store)
{
  if (store >= 0)
    close(store);
}

/* --- what is in it: one JSON object --- */

static bool read_all(int store, dh_buf *out)
{
  ssize_t n = dh_buf_reserve(out, STORE_MAX) ? pread(store, out->data, STORE_MAX, 0) : -1;
  if (n <= 0)
    return false;
  out->size = (size_t)n;
  out->data[n] = '\0';
  return true;
}

static dh_credential *make(dh_context *context, const dh_json_object *object)
{
  dh_buf token;
  dh_credential *credential = dh_credential_new(context);
  char *scheme = dh_json_dup(dh_json_get(object, "scheme"));
  char *type = dh_json_dup(dh_json_get(object, "token_type"));
  char *origin = dh_json_dup(dh_json_get(object, "origin"));
  dh_secret *value = NULL;
  dh_buf_init_secret(&token);
  if (dh_json_string(dh_json_get(object, "token"), &token) && dh_buf_text(&token))
    value = dh_secret_new(context, token.data, token.size);
  bool good = credential && scheme && origin && value &&
              dh_credential_set(credential, scheme, value) == DH_OK &&
              dh_credential_set_origin(credential, origin) == DH_OK &&
              dh_credential_set_token_type(credential, type) == DH_OK;
  dh_buf_wipe(&token);
  dh_secret_free(value);
  free(scheme);
  free(type);
  free(origin);
  if (good)
    return credential;
  dh_credential_unref(credential);
  return NULL;
}

static dh_credential *read_object(dh_context *context, const dh_json_object *object, bool *due)
{
  int64_t obtained, expires, now = dh_wall_ms(context);
  const dh_json_value *from = dh_json_get(object, "obtained_at");
  const dh_json_value *to = dh_json_get(object, "expires_at");
  if (!from || !to || !dh_json_get(object, "scheme") || !dh_json_get(object, "token") ||
      !dh_json_get(object, "token_type") || !dh_json_get(object, "origin") ||
      !dh_json_integer(from, &obtained) || !dh_json_integer(to, &expires))
    return NULL;
  /* One from the future says that a clock was set: nothing about it is sure. */
  if (expires <= now || obtained > now || obtained >= expires)
    return NULL;
  int64_t life = expires - obtained;
  int64_t ahead = life / 2 < DH_SPAN_AHEAD_MS ? life / 2 : DH_SPAN_AHEAD_MS;
  *due = now >= expires - ahead;
  dh_credential *credential = make(context, object);
  if (credential)
    credential->expires_at_ms = expires;
  return credential;
}

dh_credential *dh_store_read(dh_context *context, int store, bool *due)
{
  dh_buf text;
  dh_json_object object;
  dh_credential *credential = NULL;
  *due = true;
  dh_buf_init_secret(&text);
  if (read_all(store, &text) && dh_json_read(&object, text.data, text.size))
    credential = read_object(context, &object, due);
  dh_buf_wipe(&text);
  return credential;
}

static void add(dh_buf *out, const char *name, const char *value)
{
  dh_buf_addf(out, "%s\"%s\":", out->size > 1 ? "," : "", name);
  if (value)
    dh_buf_add_json(out, value, strlen(value));
  else
    dh_buf_adds(out, "null");
}

void dh_store_write(int store, const dh_credential *credential, int64_t now_ms)
{
  dh_buf text;
  if (ftruncate(store, 0))
    return;
  if (!credential || !dh_credential_expiry(credential))
    return;
  dh_buf_init_secret(&text);
  dh_buf_addc(&text, '{');
  add(&text, "scheme", dh_credential_scheme(credential));
  add(&text, "token", dh_secret_bytes(dh_credential_value(credential), NULL));
  add(&text, "token_type", dh_credential_token_type(credential));
  add(&text, "origin", dh_credential_origin(credential));
  dh_buf_addf(&text, ",\"obtained_at\":%" PRId64 ",\"expires_at\":%" PRId64 "}", now_ms,
              dh_credential_expiry(credential));
  /* A part of it is no JSON object: whoever reads it asks the provider. */
  if (dh_buf_text(&text) && pwrite(store, text.data, text.size, 0) != (ssize_t)text.size)
    (void)!ftruncate(store, 0);
  dh_buf_wipe(&text);
}
