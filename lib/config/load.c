/* SPDX-License-Identifier: Apache-2.0 */
#include "config/tree.h"

#include "base/buf.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static dh_config *parse(dh_config_reader *reader, dh_config_format format, const char *text,
                        size_t size)
{
  reader->bare = format == DH_CONFIG_YAML;
  if (size > DH_CONFIG_MAX_BYTES) {
    dh_error_set(reader->error, DH_MALFORMED,
                 "%s: more than %zu bytes; is this a configuration file?", reader->name,
                 DH_CONFIG_MAX_BYTES);
    return NULL;
  }
  if (format == DH_CONFIG_YAML)
    return dh_config_read_yaml(reader, text, size);
  return dh_config_read_libconfig(reader, text, size);
}

dh_config *dh_config_parse(dh_context *context, dh_config_format format, const char *text,
                           size_t size, const char *name, dh_error *error)
{
  dh_config *root = NULL;
  dh_config_reader reader = {.context = context, .name = name, .error = error};
  dh_buf copy; /* `text` need not end in a NUL, the parsers want one */
  dh_error_clear(error);
  dh_buf_init(&copy);
  if (size <= DH_CONFIG_MAX_BYTES)
    dh_buf_add(&copy, text, size);
  if (dh_buf_text(&copy))
    root = parse(&reader, format, dh_buf_text(&copy), size);
  else
    dh_config_no_memory(error);
  dh_buf_wipe(&copy);
  return root;
}

static bool ends_with(const char *text, const char *end)
{
  size_t a = strlen(text), b = strlen(end);
  return a >= b && !dh_text_casecmp(text + a - b, end);
}

/* The first line that says something, and how long it is without trailing spaces. */
static const char *telling_line(const char *text, size_t *size)
{
  for (;;) {
    text += strspn(text, " \t\r\n");
    if (*text != '#')
      break;
    text += strcspn(text, "\n");
  }
  *size = strcspn(text, "\n");
  while (*size && isspace((unsigned char)text[*size - 1]))
    --*size;
  return text;
}

/* For what comes without a name: libconfig says  key = ...  or  key : { ... ; YAML says
 * key:  or  - item  or is JSON. */
static bool looks_like_yaml(const char *text)
{
  size_t size;
  const char *line = telling_line(text, &size);
  if (!size || strchr("{[-%\"'&!", *line))
    return true;
  size_t word = strcspn(line, ":= \t\n");
  const char *mark = line + word + strspn(line + word, " \t");
  return *mark == ':' && !strchr(";{(", line[size - 1]);
}

static dh_config_format format_of(const char *path, const char *text)
{
  if (!strcmp(path, "-"))
    return looks_like_yaml(text) ? DH_CONFIG_YAML : DH_CONFIG_LIBCONFIG;
  bool yaml = ends_with(path, ".yml") || ends_with(path, ".yaml") || ends_with(path, ".json") ||
              ends_with(path, ".datahubenv");
  return yaml ? DH_CONFIG_YAML : DH_CONFIG_LIBCONFIG;
}

static bool read_all(int fd, dh_buf *buf, const char *name, dh_error *error)
{
  for (;;) {
    if (!dh_buf_reserve(buf, 65536))
      return dh_config_no_memory(error) != NULL;
    ssize_t n = read(fd, buf->data + buf->size, 65536);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      dh_error_set(error, DH_UNAVAILABLE, "%s: cannot be read: %s", name, strerror(errno));
      return false;
    }
    if (!n)
      return true;
    buf->size += (size_t)n;
    if (buf->size > DH_CONFIG_MAX_BYTES) {
      dh_error_set(error, DH_MALFORMED, "%s: more than %zu bytes; is this a configuration file?",
                   name, DH_CONFIG_MAX_BYTES);
      return false;
    }
  }
}

/* --- secrets that others can read --- */

static bool names_a_secret(const char *key)
{
  static const char *const ends[] = {"token",      "password",    "passwd", "secret",
                                     "passphrase", "signing_key", "api_key"};
  for (size_t i = 0; key && i < sizeof(ends) / sizeof(ends[0]); i++)
    if (ends_with(key, ends[i]))
      return true;
  return false;
}

/* The first value that is a secret written into the file itself. */
static const dh_config *written_secret(const dh_config *node)
{
  if (node->kind == DH_CONFIG_SCALAR && node->text[0] && !node->expanded &&
      names_a_secret(node->key))
    return node;
  for (size_t i = 0; i < node->count; i++) {
    const dh_config *found = written_secret(node->items[i]);
    if (found)
      return found;
  }
  return NULL;
}

static void warn_of_readers(dh_config_reader *reader, int fd, const dh_config *root)
{
  struct stat file;
  if (!reader->context || fstat(fd, &file) || !S_ISREG(file.st_mode) ||
      !(file.st_mode & (S_IRGRP | S_IROTH)))
    return;
  const dh_config *secret = written_secret(root);
  if (secret)
    dh_log(reader->context, DH_LOG_WARNING,
           "%s: \"%s\" holds a secret, and %s may read the file; run: chmod 600 %s", secret->where,
           secret->key, file.st_mode & S_IROTH ? "everyone" : "its group", reader->name);
}

dh_config *dh_config_load(dh_context *context, const char *path, dh_error *error)
{
  bool standard_input = !strcmp(path, "-");
  const char *name = standard_input ? "standard input" : path;
  dh_config_reader reader = {.context = context, .name = name, .error = error};
  dh_config *root = NULL;
  struct stat file;
  dh_buf buf;
  dh_error_clear(error);
  dh_buf_init(&buf);
  int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    dh_error_set(error, DH_UNAVAILABLE, "%s: cannot be opened: %s", name, strerror(errno));
    return NULL;
  }
  if (!fstat(fd, &file) && S_ISDIR(file.st_mode)) {
    dh_error_set(error, DH_UNAVAILABLE, "%s: is a folder, not a file", name);
    goto out;
  }
  /* In one piece, so that growing leaves no copy of a secret behind. */
  if (S_ISREG(file.st_mode) && file.st_size > 0 && (size_t)file.st_size <= DH_CONFIG_MAX_BYTES)
    dh_buf_reserve(&buf, (size_t)file.st_size + 2 * 65536);
  if (!read_all(fd, &buf, name, error))
    goto out;
  buf.data[buf.size] = '\0';
  root = parse(&reader, format_of(path, buf.data), buf.data, buf.size);
  if (root)
    warn_of_readers(&reader, fd, root);
out:
  dh_buf_wipe(&buf);
  if (!standard_input)
    close(fd);
  return root;
}
