/* SPDX-License-Identifier: Apache-2.0 */
#include "dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many lost records are named; all are counted. */
enum { NAMED_MAX = 20 };

typedef struct letter_file {
  char *path;
  int fd;
  off_t size;
  bool made; /* by this run */
} letter_file;

struct dead_letter {
  pthread_mutex_t lock;
  dhub_output *output;
  letter_file records, reasons;
  uint64_t count, lost;
  bool sync_failed;
};

/* --- opening ------------------------------------------------------------- */

static dh_status open_one(letter_file *file, dh_error *error)
{
  struct stat st;
  file->made = access(file->path, F_OK) != 0;
  file->fd = open(file->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file->fd < 0 || fstat(file->fd, &st) != 0)
    return dh_error_set(error, DH_UNAVAILABLE,
                        "cannot open the dead-letter file %s: %s; nothing was sent", file->path,
                        strerror(errno));
  file->size = S_ISREG(st.st_mode) ? st.st_size : 0;
  return DH_OK;
}

static bool same_file(int fd, const char *path)
{
  struct stat a, b;
  return strcmp(path, "-") != 0 && fstat(fd, &a) == 0 && stat(path, &b) == 0 &&
         a.st_dev == b.st_dev && a.st_ino == b.st_ino && S_ISREG(a.st_mode);
}

static dh_status check_inputs(const letter_file *file, char *const *inputs, dh_error *error)
{
  for (; inputs && *inputs; inputs++)
    if (same_file(file->fd, *inputs))
      return dh_error_set(error, DH_MISCONFIGURED,
                          "the dead-letter file %s is also read as input: give it another name",
                          file->path);
  return DH_OK;
}

dead_letter *dead_letter_open(const char *path, char *const *inputs, dhub_output *output,
                              dh_error *error)
{
  dead_letter *letter = calloc(1, sizeof(*letter));
  dh_status status = DH_OK;
  if (!letter) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return NULL;
  }
  pthread_mutex_init(&letter->lock, NULL);
  letter->output = output;
  letter->records.fd = letter->reasons.fd = -1;
  letter->records.path = strdup(path);
  if (!letter->records.path || asprintf(&letter->reasons.path, "%s.reasons", path) < 0) {
    letter->reasons.path = NULL;
    status = dh_error_set(error, DH_NO_MEMORY, "out of memory");
  }
  if (status == DH_OK)
    status = open_one(&letter->records, error);
  if (status == DH_OK)
    status = check_inputs(&letter->records, inputs, error);
  if (status == DH_OK)
    status = open_one(&letter->reasons, error);
  if (status == DH_OK)
    return letter;
  dead_letter_close(letter);
  return NULL;
}

/* --- writing ------------------------------------------------------------- */

/* All of it or nothing: what follows a record cut short could not be read. */
static bool write_whole(letter_file *file, const char *bytes, size_t size)
{
  size_t done = 0;
  while (done < size) {
    ssize_t n = write(file->fd, bytes + done, size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      int saved = errno;
      if (ftruncate(file->fd, file->size) != 0)
        file->size += (off_t)done;
      errno = saved;
      return false;
    }
    done += (size_t)n;
  }
  file->size += (off_t)size;
  return true;
}

static void add_text(struct json_object *to, const char *key, dh_slice text)
{
  if (text.ptr)
    json_object_object_add(to, key, json_object_new_string_len(text.ptr, (int)text.len));
}

/* With the lock held. */
static void note_lost(dead_letter *letter, const char *what, const char *why)
{
  if (letter->lost++ < NAMED_MAX)
    dhub_say(letter->output, "error: %s was not delivered, and could not be written to %s: %s",
             what, letter->records.path, why);
  else if (letter->lost == NAMED_MAX + 1)
    dhub_say(letter->output, "error: further records that are lost so are counted, not named");
}

static void describe(struct json_object *reason, off_t offset, const char *fate,
                     const dh_error *why)
{
  json_object_object_add(reason, "offset", json_object_new_int64(offset));
  json_object_object_add(reason, "fate", json_object_new_string(fate));
  if (!why)
    return;
  json_object_object_add(reason, "status", json_object_new_string(dh_status_name(why->status)));
  if (why->http_status)
    json_object_object_add(reason, "httpStatus", json_object_new_int(why->http_status));
  json_object_object_add(reason, "reason", json_object_new_string(why->message));
}

/* `text` and a line break, malloc'ed. */
static char *line_of(const char *text, size_t size)
{
  char *line = malloc(size + 1);
  if (!line)
    return NULL;
  memcpy(line, text, size);
  line[size] = '\n';
  return line;
}

static void write_reason(dead_letter *letter, struct json_object *reason)
{
  size_t size;
  const char *text = json_object_to_json_string_length(
      reason, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
  char *line = text ? line_of(text, size) : NULL;
  /* Without its reason a record is still there: not being told why is the lesser loss. */
  if (line)
    (void)write_whole(&letter->reasons, line, size + 1);
  free(line);
}

/* Writes a record and then why it is there; `why_not`: there is no text to write. */
static void add(dead_letter *letter, const char *text, size_t size, const char *what,
                struct json_object *reason, const char *fate, const dh_error *why,
                const char *why_not)
{
  char *line = text ? line_of(text, size) : NULL;
  pthread_mutex_lock(&letter->lock);
  off_t offset = letter->records.size;
  if (!line) {
    note_lost(letter, what, text ? "out of memory" : why_not);
  } else if (!write_whole(&letter->records, line, size + 1)) {
    note_lost(letter, what, strerror(errno));
  } else {
    letter->count++;
    describe(reason, offset, fate, why);
    write_reason(letter, reason);
  }
  pthread_mutex_unlock(&letter->lock);
  json_object_put(reason);
  free(line);
}

void dead_letter_add(dead_letter *letter, const dh_record *record, const char *fate,
                     const dh_error *why)
{
  char *text = NULL, what[640];
  size_t size = 0, capacity = 0;
  dh_error error;
  dh_slice urn = record->urn, aspect = record->aspect_name;
  snprintf(what, sizeof(what), "aspect %.*s of %.*s", (int)aspect.len, aspect.ptr ? aspect.ptr : "",
           (int)urn.len, urn.ptr ? urn.ptr : "");
  struct json_object *reason = json_object_new_object();
  add_text(reason, "urn", urn);
  add_text(reason, "aspectName", aspect);
  bool made = dh_record_to_file_form(record, &text, &size, &capacity, &error) == DH_OK;
  add(letter, made ? text : NULL, size, what, reason, fate, why, error.message);
  free(text);
}

void dead_letter_add_raw(dead_letter *letter, const dh_input_record *input, const char *name,
                         const dh_error *why)
{
  char what[320];
  snprintf(what, sizeof(what), "record %llu of %s (line %llu)", (unsigned long long)input->index,
           name, (unsigned long long)input->line);
  struct json_object *reason = json_object_new_object();
  add_text(reason, "input", (dh_slice){name, strlen(name)});
  json_object_object_add(reason, "line", json_object_new_int64((int64_t)input->line));
  add(letter, input->raw.ptr, input->raw.len, what, reason, "unreadable", why,
      "its bytes are not known");
}

uint64_t dead_letter_count(dead_letter *letter)
{
  pthread_mutex_lock(&letter->lock);
  uint64_t count = letter->count;
  pthread_mutex_unlock(&letter->lock);
  return count;
}

uint64_t dead_letter_lost(dead_letter *letter)
{
  pthread_mutex_lock(&letter->lock);
  uint64_t lost = letter->lost;
  pthread_mutex_unlock(&letter->lock);
  return lost;
}

/* --- closing ------------------------------------------------------------- */

static bool close_one(letter_file *file)
{
  bool ok = true;
  if (file->fd >= 0) {
    /* EINVAL: a pipe or a device, which has nothing to sync. */
    ok = fsync(file->fd) == 0 || errno == EINVAL;
    ok = close(file->fd) == 0 && ok;
    if (file->made && !file->size)
      (void)unlink(file->path);
  }
  return ok;
}

bool dead_letter_close(dead_letter *letter)
{
  if (!letter)
    return true;
  bool ok = close_one(&letter->records);
  if (!ok)
    dhub_say(letter->output,
             "error: %s could not be written to the disk: %s; %llu records in it "
             "may be lost",
             letter->records.path, strerror(errno), (unsigned long long)letter->count);
  ok = close_one(&letter->reasons) && ok && !letter->lost;
  free(letter->records.path);
  free(letter->reasons.path);
  pthread_mutex_destroy(&letter->lock);
  free(letter);
  return ok;
}
