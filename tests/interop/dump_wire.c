/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints each proposal that the reader makes of the files named, one a line, for
 * compare_wire.py. A record that cannot be sent is told on standard error.
 *   dump_wire [--tree] FILE...
 */
#include "metadata/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int dump(const char *path, int tree)
{
  static dh_record records[DH_MAX_PROPOSALS];
  dh_wire_options options = {.struct_size = sizeof(options),
                             .now_ms = (int64_t)time(NULL) * 1000,
                             .client_id = "libdatahub",
                             .client_version = "0"};
  dh_error error;
  dh_reader *reader = dh_reader_open_file(path, 0, &error);
  char *buffer = NULL;
  size_t size = 0, capacity = 0, count;
  int bad = 0;
  if (!reader) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  reader->no_fast = tree;
  for (;;) {
    dh_input_record input = {.struct_size = sizeof(input)};
    size = 0;
    dh_read_result result = dh_reader_next(reader, &options, &input, &buffer, &size, &capacity,
                                           records, DH_MAX_PROPOSALS, &count, &error);
    if (result == DH_READ_END)
      break;
    if (result != DH_READ_RECORD) {
      fprintf(stderr, "%s\n", error.message);
      bad = 1;
    }
    if (result == DH_READ_FATAL)
      break;
    for (size_t i = 0; i < count; i++)
      printf("%.*s\n", (int)records[i].proposal.len, records[i].proposal.ptr);
  }
  free(buffer);
  dh_reader_close(reader);
  return bad;
}

int main(int argc, char **argv)
{
  int bad = 0, tree = 0;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--tree"))
      tree = 1;
    else
      bad |= dump(argv[i], tree);
  }
  return bad;
}
