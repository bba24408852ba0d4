/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub spool: what waits in a spool, also in a damaged one, as a file to be emitted.
 */
#include "command.h"
#include "options.h"
#include "output.h"

#include <datahub/emitter.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dhub_option *const tables[] = {NULL};

static const dhub_usage usage = {
    .command = "spool",
    .arguments = "FILE",
    .summary = "Prints the records that wait in the spool FILE, one a line, in the form that `dhub "
               "emit`\nreads, and leaves the spool as it is. Of a damaged spool it prints what can "
               "be read.",
    .tables = tables,
    .notes =
        "Exit status: 0 done; 1 some records could not be read; 2 usage; 4 the spool is absent "
        "or in use.\n\n"
        "  dhub spool spool.db > left.json && rm spool.db* && dhub emit left.json",
};

typedef struct printer {
  char *line;
  size_t size, capacity;
  dh_error error;
} printer;

static int print_record(void *arg, const dh_record *record)
{
  printer *p = arg;
  p->size = 0;
  if (dh_record_to_file_form(record, &p->line, &p->size, &p->capacity, &p->error) != DH_OK)
    return 1;
  fwrite(p->line, 1, p->size, stdout);
  if (putchar('\n') != EOF)
    return 0;
  dh_error_set(&p->error, DH_UNAVAILABLE, "cannot write to standard output: %s", strerror(errno));
  return 1;
}

int dhub_cmd_spool(int argc, char **argv)
{
  dhub_output output = DHUB_OUTPUT_INIT;
  printer p = {.error = {.status = DH_OK}};
  dh_error error;
  int first = dhub_parse(&usage, argc, argv, NULL, NULL);
  if (first < 0)
    return first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  if (argc - first != 1)
    return dhub_usage_error("spool", "one FILE is wanted, %d were given", argc - first);
  dh_status status = dh_spool_read(argv[first], print_record, &p, &error);
  free(p.line);
  if (status == DH_OK && fflush(stdout) != 0)
    status = dh_error_set(&p.error, DH_UNAVAILABLE, "cannot write to standard output: %s",
                          strerror(errno));
  if (p.error.status != DH_OK)
    return dhub_fail(&output, &p.error);
  if (status == DH_OK)
    return DHUB_OK;
  int code = dhub_fail(&output, &error);
  return status == DH_MALFORMED ? DHUB_SOME_REJECTED : code;
}
