/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/reader.h"

#include "metadata/fast_scan.h"
#include "metadata/json.h"
#include "metadata/record.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_RECORD_DEFAULT 16000000

/* --- opening and closing ------------------------------------------------- */

dh_reader *dh_reader_open(dh_read_fn read, void *arg, const char *name, size_t max_record,
                          dh_error *error)
{
  dh_error_clear(error);
  dh_reader *reader = calloc(1, sizeof(*reader));
  if (reader) {
    reader->fd = -1;
    reader->line = 1;
    reader->at_line = true;
    reader->max_record = max_record ? max_record : MAX_RECORD_DEFAULT;
    reader->name = strdup(name ? name : "input");
  }
  if (!reader || !reader->name ||
      dh_window_init(&reader->window, read, arg) == DH_WINDOW_NO_MEMORY) {
    dh_reader_close(reader);
    dh_error_set(error, DH_NO_MEMORY, "no memory for reading %s", name ? name : "input");
    return NULL;
  }
  return reader;
}

static int64_t read_fd(void *arg, void *bytes, size_t size)
{
  return read(((const dh_reader *)arg)->fd, bytes, size);
}

dh_reader *dh_reader_open_file(const char *path, size_t max_record, dh_error *error)
{
  bool standard = !strcmp(path, "-");
  dh_error_clear(error);
  int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    dh_error_set(error, DH_UNAVAILABLE, "cannot open %s: %s", path, strerror(errno));
    return NULL;
  }
  dh_reader *reader =
      dh_reader_open(read_fd, NULL, standard ? "standard input" : path, max_record, error);
  if (!reader) {
    if (!standard)
      close(fd);
    return NULL;
  }
  reader->fd = fd;
  reader->window.arg = reader;
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return reader;
}

void dh_reader_close(dh_reader *reader)
{
  if (!reader)
    return;
  if (reader->fd > STDIN_FILENO)
    close(reader->fd);
  dh_window_free(&reader->window);
  free(reader->name);
  free(reader);
}

/* --- bytes --------------------------------------------------------------- */

static dh_read_result fatal(dh_reader *reader, dh_error *error, const char *words)
{
  reader->state = DH_READER_FAILED;
  dh_error_set(error, DH_MALFORMED, "%s:%llu: %s", reader->name, (unsigned long long)reader->line,
               words);
  return DH_READ_FATAL;
}

dh_fill dh_reader_fill(dh_reader *reader, dh_error *error)
{
  switch (dh_window_more(&reader->window)) {
  case DH_WINDOW_MORE:
    return DH_FILL_MORE;
  case DH_WINDOW_END:
    return DH_FILL_END;
  case DH_WINDOW_ERROR:
    reader->state = DH_READER_FAILED;
    dh_error_set(error, DH_UNAVAILABLE, "cannot read %s: %s", reader->name, strerror(errno));
    return DH_FILL_FATAL;
  default:
    reader->state = DH_READER_FAILED;
    dh_error_set(error, DH_NO_MEMORY, "no memory for reading %s", reader->name);
    return DH_FILL_FATAL;
  }
}

void dh_reader_advance(dh_reader *reader, size_t size)
{
  const char *from = dh_window_at(&reader->window), *end = from + size;
  while (from < end && (from = memchr(from, '\n', (size_t)(end - from)))) {
    reader->line++;
    from++;
  }
  if (size)
    reader->at_line = end[-1] == '\n';
  reader->window.begin += size;
}

/* Skips white space; the next byte, -1 at the end of the input, -2 on an error. */
static int next_byte(dh_reader *reader, dh_error *error)
{
  for (;;) {
    const char *from = dh_window_at(&reader->window);
    const char *p = dh_scan_space(from, &reader->line);
    if (p > from)
      reader->at_line = p[-1] == '\n';
    reader->window.begin += (size_t)(p - from);
    if (dh_window_size(&reader->window))
      return (unsigned char)*p;
    dh_fill fill = dh_reader_fill(reader, error);
    if (fill != DH_FILL_MORE)
      return fill == DH_FILL_END ? -1 : -2;
  }
}

/* The first bytes: a byte order mark is skipped, what is no JSON text is named. */
static dh_read_result look_at_start(dh_reader *reader, dh_error *error)
{
  static const char bom[] = "\xef\xbb\xbf";
  while (dh_window_size(&reader->window) < 4) {
    dh_fill fill = dh_reader_fill(reader, error);
    if (fill == DH_FILL_FATAL)
      return DH_READ_FATAL;
    if (fill == DH_FILL_END)
      break;
  }
  const char *at = dh_window_at(&reader->window); /* zeros follow what there is */
  reader->begun = true;
  if (!memcmp(at, bom, 3))
    reader->window.begin += 3;
  else if (!memcmp(at, "\x1f\x8b", 2))
    return fatal(reader, error, "it is compressed: unpack it with gzip -dc and send the output");
  else if (!memcmp(at, "\xff\xfe", 2) || !memcmp(at, "\xfe\xff", 2))
    return fatal(reader, error, "it is UTF-16: convert it with iconv -f UTF-16 -t UTF-8");
  return DH_READ_RECORD;
}

/* --- between records ----------------------------------------------------- */

/* Passes what mostly stands between two records: a new line, and in an array a comma before it. */
static bool pass_to_next_line(dh_reader *reader)
{
  const char *p = dh_window_at(&reader->window);
  bool in_array = reader->state == DH_READER_ARRAY_NEXT;
  if (in_array && *p++ != ',')
    return false;
  if (p[0] != '\n' || p[1] != '{' || !(in_array || reader->state == DH_READER_TOP))
    return false;
  reader->line++;
  reader->at_line = true;
  reader->window.begin += 1 + (size_t)in_array;
  return true;
}

/* Goes to the next record's first byte. */
static dh_read_result find_record(dh_reader *reader, dh_error *error)
{
  if (!reader->begun && look_at_start(reader, error) == DH_READ_FATAL)
    return DH_READ_FATAL;
  if (pass_to_next_line(reader))
    return DH_READ_RECORD;
  for (;;) {
    int c = next_byte(reader, error);
    if (c == -2)
      return DH_READ_FATAL;
    switch (reader->state) {
    case DH_READER_TOP:
      if (c == -1)
        return DH_READ_END;
      if (c != '[')
        return DH_READ_RECORD;
      reader->state = DH_READER_ARRAY_FIRST;
      break;
    case DH_READER_ARRAY_FIRST:
      if (c != -1 && c != ']')
        return DH_READ_RECORD;
      break;
    case DH_READER_ARRAY_NEXT:
      if (c == ',') {
        dh_reader_advance(reader, 1);
        c = next_byte(reader, error);
        if (c == -2)
          return DH_READ_FATAL;
        if (c == ']')
          return fatal(reader, error, "a comma before the ']' that ends the array: remove it");
        if (c != -1)
          return DH_READ_RECORD;
      } else if (c != -1 && c != ']') {
        return fatal(reader, error,
                     "neither ',' nor ']' follows a record of the array: what comes after it "
                     "cannot be read");
      }
      break;
    case DH_READER_FAILED:
      return DH_READ_FATAL;
    }
    if (c == -1)
      return fatal(reader, error, "the input ends within the array: the file is cut short");
    if (c == ']')
      reader->state = DH_READER_TOP;
    dh_reader_advance(reader, 1);
  }
}

/* --- one record ---------------------------------------------------------- */

typedef struct attempt {
  const dh_wire_options *options;
  dh_buf *out;
  size_t count;
  size_t used;
} attempt;

/* Names what is bad. Words of the input may be in the message: no control character of
 * theirs reaches a terminal or makes a second line. */
static dh_read_result bad(const dh_reader *reader, uint64_t line, dh_error *error)
{
  for (char *c = error ? error->message : NULL; c && *c; c++)
    if ((unsigned char)*c < ' ' || *c == 0x7f)
      *c = '?';
  dh_error_prefix(error, "%s:%llu: record %llu: ", reader->name, (unsigned long long)line,
                  (unsigned long long)reader->index);
  return DH_READ_BAD;
}

/* Reads until the record that the window begins with is whole, or is known to be bad or
 * larger than allowed (then DH_FILL_END, with *large). */
static dh_fill complete_record(dh_reader *reader, bool *large, dh_error *error)
{
  size_t scanned = 0, used;
  dh_frame_begin(&reader->frame);
  *large = false;
  for (;;) {
    size_t size = dh_window_size(&reader->window);
    dh_frame_result result = dh_frame_scan(&reader->frame, dh_window_at(&reader->window) + scanned,
                                           size - scanned, &used);
    if (scanned && result != DH_FRAME_MORE)
      return DH_FILL_MORE;
    scanned = size;
    if (size > reader->max_record) {
      *large = true;
      return DH_FILL_END;
    }
    dh_fill fill = dh_reader_fill(reader, error);
    if (fill != DH_FILL_MORE)
      return fill;
    if (result == DH_FRAME_LOST)
      return DH_FILL_MORE;
  }
}

/* Passes over a record whose beginning complete_record() has scanned, keeping nothing. */
static dh_read_result skip_large(dh_reader *reader, uint64_t line, dh_error *error)
{
  size_t used;
  dh_reader_advance(reader, dh_window_size(&reader->window));
  for (;;) {
    dh_fill fill = dh_reader_fill(reader, error);
    if (fill == DH_FILL_FATAL)
      return DH_READ_FATAL;
    size_t size = dh_window_size(&reader->window);
    dh_frame_result result =
        fill == DH_FILL_END
            ? DH_FRAME_LOST
            : dh_frame_scan(&reader->frame, dh_window_at(&reader->window), size, &used);
    dh_reader_advance(reader, result == DH_FRAME_END ? used : size);
    if (result == DH_FRAME_MORE)
      continue;
    dh_error_set(error, DH_MALFORMED, "it is larger than %zu bytes, what one record may have",
                 reader->max_record);
    if (result == DH_FRAME_LOST && fill == DH_FILL_MORE)
      reader->state = DH_READER_FAILED;
    return bad(reader, line, error);
  }
}

static uint64_t line_of(const dh_reader *reader, size_t offset)
{
  uint64_t line = reader->line;
  const char *at = dh_window_at(&reader->window);
  for (size_t i = 0; i < offset; i++)
    line += at[i] == '\n';
  return line;
}

/* "cannot be read as JSON: at line 7: a digit...": the line only where it is another. */
static void say_fault(const dh_reader *reader, const dh_json_fault *fault, dh_error *error)
{
  char at[40] = "";
  uint64_t line = line_of(reader, (size_t)(fault->at - dh_window_at(&reader->window)));
  if (line != reader->line)
    snprintf(at, sizeof(at), "at line %llu: ", (unsigned long long)line);
  dh_error_set(error, DH_MALFORMED, "it cannot be read as JSON: %s%s", at, fault->why);
}

static void say_lost(dh_error *error)
{
  if (!error)
    return;
  dh_error said = *error;
  dh_error_set(error, DH_MALFORMED,
               "%s; where the next record begins cannot be told, so nothing after it was read",
               said.message);
}

/* A record that is no JSON: where and why, and over it if that can be done. */
static dh_read_result malformed(dh_reader *reader, const dh_json_fault *fault,
                                dh_input_record *input, dh_error *error)
{
  static const char space[] = " \r\n\t";
  dh_error lost = {.status = DH_OK};
  size_t skip = 0;
  say_fault(reader, fault, error);
  bad(reader, reader->line, error);
  if (!dh_reader_resync(reader, &skip, &lost)) {
    reader->state = DH_READER_FAILED;
    if (lost.status != DH_OK && error)
      *error = lost;
    else
      say_lost(error);
    return DH_READ_FATAL;
  }
  input->raw = (dh_slice){dh_window_at(&reader->window), skip};
  while (input->raw.len && strchr(space, input->raw.ptr[input->raw.len - 1]))
    input->raw.len--;
  dh_reader_advance(reader, skip);
  return DH_READ_BAD;
}

/* Reads the record as a tree. */
static dh_read_result read_tree(dh_reader *reader, attempt *try, dh_input_record *input,
                                dh_error *error)
{
  struct json_object *tree = NULL;
  dh_json_fault fault;
  for (;;) {
    dh_window *window = &reader->window;
    dh_json_result result = dh_json_parse(dh_window_at(window), dh_window_size(window), window->eof,
                                          &tree, &try->used, &fault);
    if (result == DH_JSON_OK)
      break;
    if (result == DH_JSON_NO_MEMORY) {
      dh_error_set(error, DH_NO_MEMORY, "no memory for a record of %s", reader->name);
      return DH_READ_FATAL;
    }
    if (result == DH_JSON_BAD)
      return malformed(reader, &fault, input, error);
    bool large;
    if (complete_record(reader, &large, error) == DH_FILL_FATAL)
      return DH_READ_FATAL;
    if (large)
      return skip_large(reader, input->line, error);
  }
  dh_status status;
  if (try->used > reader->max_record)
    status = dh_error_set(error, DH_MALFORMED, "it is larger than %zu bytes", reader->max_record);
  else
    status = dh_record_read(tree, try->options, try->out, reader->spans, DH_MAX_PROPOSALS,
                            &try->count, error);
  json_object_put(tree);
  input->raw = (dh_slice){dh_window_at(&reader->window), try->used};
  dh_reader_advance(reader, try->used);
  if (status == DH_OK)
    return DH_READ_RECORD;
  bad(reader, input->line, error);
  return status == DH_MALFORMED ? DH_READ_BAD : DH_READ_FATAL;
}

/* Tries the bulk path. DH_FAST_TREE: the record is where it was. */
static dh_fast_result read_fast(dh_reader *reader, attempt *try, dh_input_record *input,
                                dh_error *error)
{
  dh_window *window = &reader->window;
  for (unsigned tries = 1;; tries++) {
    uint64_t lines;
    dh_fast_result result =
        dh_fast_mcp(&reader->fast, dh_window_at(window), dh_window_size(window), try->options,
                    try->out, &reader->spans[0], &try->used, &lines);
    if (result == DH_FAST_OK) {
      if (try->used > reader->max_record) {
        try->out->size = reader->spans[0].proposal.at;
        return DH_FAST_TREE;
      }
      input->raw = (dh_slice){dh_window_at(window), try->used};
      window->begin += try->used;
      reader->line += lines;
      reader->at_line = false;
      try->count = 1;
      return DH_FAST_OK;
    }
    bool large;
    if (result != DH_FAST_MORE || tries == 3 || window->eof)
      return result == DH_FAST_MORE ? DH_FAST_TREE : result;
    /* Most often one read completes it; then it is looked for where it ends. What is wrong, if
     * anything, the tree path finds again. */
    bool small = dh_window_size(window) <= reader->max_record;
    dh_fill fill = tries == 1 && small ? dh_reader_fill(reader, error)
                                       : complete_record(reader, &large, error);
    if (fill != DH_FILL_MORE)
      return DH_FAST_TREE;
  }
}

static dh_read_result read_record(dh_reader *reader, attempt *try, dh_input_record *input,
                                  dh_error *error)
{
  if (*dh_window_at(&reader->window) != '{' || reader->no_fast)
    return read_tree(reader, try, input, error);
  switch (read_fast(reader, try, input, error)) {
  case DH_FAST_OK:
    return DH_READ_RECORD;
  case DH_FAST_NO_MEMORY:
    dh_error_set(error, DH_NO_MEMORY, "no memory for a record of %s", reader->name);
    return DH_READ_FATAL;
  default:
    return reader->state == DH_READER_FAILED ? DH_READ_FATAL : read_tree(reader, try, input, error);
  }
}

dh_read_result dh_reader_next(dh_reader *reader, const dh_wire_options *options,
                              dh_input_record *input, char **buffer, size_t *size, size_t *capacity,
                              dh_record *records, size_t max_records, size_t *count,
                              dh_error *error)
{
  *count = 0;
  if (reader->state == DH_READER_FAILED) {
    dh_error_set(error, DH_MALFORMED, "%s: nothing can be read after line %llu", reader->name,
                 (unsigned long long)reader->line);
    return DH_READ_FATAL;
  }
  dh_read_result result = find_record(reader, error);
  if (result != DH_READ_RECORD)
    return result;
  input->index = ++reader->index;
  input->line = reader->line;
  input->raw = (dh_slice){NULL, 0};
  dh_buf out = {.data = *buffer, .size = *size, .capacity = *capacity};
  attempt try = {.options = options, .out = &out};
  result = read_record(reader, &try, input, error);
  if (reader->state == DH_READER_ARRAY_FIRST)
    reader->state = DH_READER_ARRAY_NEXT;
  *buffer = out.data;
  *capacity = out.capacity;
  if (result == DH_READ_FATAL)
    reader->state = DH_READER_FAILED;
  if (result != DH_READ_RECORD)
    return result;
  *count = try.count;
  if (try.count > max_records) {
    dh_error_set(error, DH_MALFORMED, "it makes %zu proposals, and there is room for %zu",
                 try.count, max_records);
    return bad(reader, input->line, error);
  }
  for (size_t i = 0; i < try.count; i++)
    dh_record_resolve(&reader->spans[i], out.data, &records[i]);
  *size = out.size;
  return DH_READ_RECORD;
}
