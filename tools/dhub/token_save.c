/* SPDX-License-Identifier: Apache-2.0 */
#include "token_save.h"

#include "command.h"

#include <datahub/config.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST 65536

static int failed(dhub_output *output, const char *what, const char *path)
{
  dhub_say(output, "cannot %s %s: %s", what, path, strerror(errno));
  return DHUB_USAGE;
}

/* The new file is for whom the old one was: a program that reads it under another user goes on
 * reading it. Never for everyone. */
static bool keep_owner(int fd, const char *path)
{
  struct stat st, now;
  if (stat(path, &st))
    return errno == ENOENT;
  if (fstat(fd, &now))
    return false;
  if ((st.st_uid != now.st_uid || st.st_gid != now.st_gid) && fchown(fd, st.st_uid, st.st_gid))
    return false;
  return !fchmod(fd, 0600 | (st.st_mode & 0040));
}

/* A new name is on the disk with its folder, not with its file. */
static bool sync_folder(const char *path)
{
  char *copy = strdup(path);
  int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  /* Some file systems sync no folder, and say so. */
  bool done = fd >= 0 && (!fsync(fd) || errno == EINVAL);
  if (fd >= 0)
    close(fd);
  free(copy);
  return done;
}

static int put_aside(dhub_output *output, const char *path, const char *temporary, int fd,
                     const char *bytes, size_t size)
{
  bool owned = keep_owner(fd, path);
  bool written = owned && write(fd, bytes, size) == (ssize_t)size && !fsync(fd);
  if (!close(fd) && written && !rename(temporary, path))
    return DHUB_OK;
  int code = failed(output, owned ? "write" : "make a new file of the same owner as", path);
  unlink(temporary);
  return code;
}

/* Whoever reads the file while it is replaced sees the old or the new, never a part; and once
 * this returns, the new one outlives a loss of power. A link is followed: what it names is
 * replaced, and the link stays. */
static int replace(dhub_output *output, const char *given, const char *bytes, size_t size)
{
  char *temporary = NULL, *real = realpath(given, NULL);
  const char *path = real ? real : given;
  int code = DHUB_INTERNAL;
  if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
    temporary = NULL;
    goto out;
  }
  int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
  code = fd < 0 ? failed(output, "make a file beside", path)
                : put_aside(output, path, temporary, fd, bytes, size);
  if (code == DHUB_OK && !sync_folder(path)) /* what is there is there, as long as power is */
    dhub_say(output, "cannot sync the folder of %s: %s", path, strerror(errno));
out:
  free(temporary);
  free(real);
  return code;
}

int dhub_save_check(dhub_output *output, const char *given)
{
  struct stat st;
  char *real = realpath(given, NULL), *copy = strdup(real ? real : given);
  const char *folder = copy ? dirname(copy) : NULL;
  int code = folder ? DHUB_OK : DHUB_INTERNAL;
  if (folder && !stat(given, &st) && S_ISDIR(st.st_mode)) {
    dhub_say(output, "cannot write %s: it is a folder; no token was made", given);
    code = DHUB_USAGE;
  } else if (folder && access(folder, W_OK | X_OK)) {
    dhub_say(output, "cannot make a file in %s for the token: %s; no token was made", folder,
             strerror(errno));
    code = DHUB_USAGE;
  }
  free(copy);
  free(real);
  return code;
}

int dhub_save_token(dhub_output *output, const char *path, const char *token)
{
  char *line = NULL;
  int size = asprintf(&line, "%s\n", token);
  if (size < 0)
    return DHUB_INTERNAL;
  int code = replace(output, path, line, (size_t)size);
  dh_wipe(line, (size_t)size);
  free(line);
  return code;
}

/* A file's bytes, NUL-terminated; NULL and errno. */
static char *read_file(const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  char *bytes = fd < 0 ? NULL : malloc(LARGEST);
  ssize_t size = bytes ? read(fd, bytes, LARGEST - 1) : -1;
  int why = errno;
  if (fd >= 0)
    close(fd);
  if (size < 0) {
    free(bytes);
    errno = why;
    return NULL;
  }
  bytes[size] = '\0';
  return bytes;
}

char *dhub_read_token(dhub_output *output, const char *path)
{
  char *token = read_file(path);
  if (!token) {
    failed(output, "read the token file", path);
    return NULL;
  }
  token[strcspn(token, "\r\n")] = '\0';
  if (*token)
    return token;
  dhub_say(output, "the token file %s is empty", path);
  free(token);
  return NULL;
}

/* --- ~/.datahubenv --- */

static bool begins(const char *line, size_t size, const char *word)
{
  size_t length = strlen(word);
  return size >= length && !memcmp(line, word, length);
}

static size_t indent_of(const char *line, size_t size)
{
  size_t n = 0;
  while (n < size && line[n] == ' ')
    n++;
  return n;
}

static bool is_blank(const char *line, size_t size)
{
  size_t indent = indent_of(line, size);
  return indent == size || line[indent] == '#';
}

/* How far the members of the map that begins on this line are indented: two where it has none. */
static size_t members_indent(const char *line)
{
  for (line += strcspn(line, "\n"); *line == '\n'; line += strcspn(line, "\n")) {
    size_t size = strcspn(++line, "\n");
    if (!is_blank(line, size))
      return indent_of(line, size) ? indent_of(line, size) : 2;
  }
  return 2;
}

static void put_values(FILE *out, size_t indent, const char *server, const char *token)
{
  fprintf(out, "gms:\n%*sserver: \"%s\"\n%*stoken: \"%s\"\n", (int)indent, "", server, (int)indent,
          "", token);
}

/* Copies the file, but for what `gms:` says of server and token. */
static void put_env(FILE *out, const char *old, const char *server, const char *token)
{
  size_t members = 0; /* the indent of those of gms; 0: elsewhere */
  bool done = false;
  while (*old) {
    size_t size = strcspn(old, "\n"), indent = indent_of(old, size);
    bool skip = members && indent == members &&
                (begins(old + indent, size - indent, "server:") ||
                 begins(old + indent, size - indent, "token:"));
    if (!indent && !is_blank(old, size))
      members = 0;
    if (begins(old, size, "gms:")) {
      members = members_indent(old);
      put_values(out, members, server, token);
      skip = done = true;
    }
    if (!skip) {
      fwrite(old, 1, size, out);
      fputc('\n', out);
    }
    old += size + (old[size] == '\n');
  }
  if (!done)
    put_values(out, 2, server, token);
}

/* Whether the text says what was to be set: YAML can be written in more ways than are read
 * here line by line. */
static bool says(const char *text, size_t size, const char *server, const char *token)
{
  dh_config *file = dh_config_parse(NULL, DH_CONFIG_YAML, text, size, "~/.datahubenv", NULL);
  bool good = file && !strcmp(dh_config_get_text(file, "gms.server", ""), server) &&
              !strcmp(dh_config_get_text(file, "gms.token", ""), token);
  dh_config_free(file);
  return good;
}

int dhub_save_env(dhub_output *output, const char *server, const char *token)
{
  const char *home = getenv("HOME");
  char *path = NULL, *text = NULL, *old = NULL;
  size_t size = 0;
  int code = DHUB_INTERNAL;
  if (!home || !*home) {
    dhub_say(output, "HOME is not set: there is no place for ~/.datahubenv; use --save FILE");
    return DHUB_USAGE;
  }
  if (asprintf(&path, "%s/.datahubenv", home) < 0)
    return DHUB_INTERNAL;
  old = read_file(path);
  if (!old && errno != ENOENT) {
    code = failed(output, "read", path);
    goto out;
  }
  FILE *out = open_memstream(&text, &size);
  if (!out)
    goto out;
  put_env(out, old ? old : "", server, token);
  fclose(out);
  if (!says(text, size, server, token)) {
    dhub_say(output,
             "%s is not written so that the token can be set in it: give `gms:` a line of its own, "
             "and `server:` and `token:` each one below it",
             path);
    code = DHUB_USAGE;
    goto out;
  }
  code = replace(output, path, text, size);
  if (code == DHUB_OK)
    dhub_say(output, "the token is in %s", path);

out:
  if (text)
    dh_wipe(text, size);
  if (old)
    dh_wipe(old, strlen(old));
  free(text);
  free(old);
  free(path);
  return code;
}
