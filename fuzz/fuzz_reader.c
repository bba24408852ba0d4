/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an input file. Read whole and in pieces it comes to the same, and a record
 * that was read can be written as file sinks write it and read again: it means the same.
 */
#include "metadata/outcome.h"

#include <datahub/metadata.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct source {
  const uint8_t *bytes;
  size_t left;
} source;

static int64_t read_source(void *arg, void *bytes, size_t size)
{
  source *s = arg;
  size_t n = s->left < size ? s->left : size;
  if (n)
    memcpy(bytes, s->bytes, n);
  s->bytes += n;
  s->left -= n;
  return (int64_t)n;
}

/* Appends what the reader makes of the bytes, in the form of files. */
static void to_files(const void *bytes, size_t size, char **text, size_t *used)
{
  static dh_record records[256];
  dh_wire_options options = {.struct_size = sizeof(options), .now_ms = OUTCOME_NOW};
  source s = {bytes, size};
  dh_error error;
  dh_reader *reader = dh_reader_open(read_source, &s, "input", 0, &error);
  char *buffer = NULL;
  size_t wire = 0, capacity = 0, text_capacity = 0, count;
  dh_read_result result;
  do {
    dh_input_record input = {.struct_size = sizeof(input)};
    result = dh_reader_next(reader, &options, &input, &buffer, &wire, &capacity, records, 256,
                            &count, &error);
    for (size_t i = 0; i < count; i++)
      if (dh_record_to_file_form(&records[i], text, used, &text_capacity, &error) != DH_OK)
        abort();
  } while (result == DH_READ_RECORD || result == DH_READ_BAD);
  free(buffer);
  dh_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *whole = outcome_of(data, size, (outcome_how){.chunk = 0, .max_record = 4096});
  char *pieces = outcome_of(data, size, (outcome_how){.chunk = 7, .max_record = 4096});
  if (strcmp(whole, pieces))
    abort();
  free(whole);
  free(pieces);

  char *once = NULL, *twice = NULL;
  size_t once_size = 0, twice_size = 0;
  to_files(data, size, &once, &once_size);
  to_files(once, once_size, &twice, &twice_size);
  /* An Avro name that comes to stand alone, as its neighbours were null, is a Pegasus name from
   * then on, and shorter. */
  char *first = outcome_of(once, once_size, (outcome_how){.meaning = true});
  char *second = outcome_of(twice, twice_size, (outcome_how){.meaning = true});
  if (strcmp(first, second) || strstr(first, OUTCOME_BROKEN))
    abort();
  free(first);
  free(second);
  free(once);
  free(twice);
  return 0;
}
