/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console sink: each record on standard output, one line of JSON a record in the
 * form that DataHub's files have, so that it can be piped into a JSON tool or back.
 */
#include "../../plugins/module.h"
#include "../common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct console {
  const dh_host *host;
  text out;
} console;

static dh_status console_open(const dh_host *host, const dh_options *options, void **self,
                              dh_error *error)
{
  (void)options;
  console *sink = calloc(1, sizeof(*sink));
  if (!sink)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the console sink");
  sink->host = host;
  *self = sink;
  return DH_OK;
}

/* Past stdio: the program may have buffered output of its own, which must not be cut. */
static dh_status write_out(console *sink, dh_error *error)
{
  const char *p = sink->out.data;
  size_t left = sink->out.size;
  while (left) {
    ssize_t n = write(STDOUT_FILENO, p, left);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return sink->host->fail(sink->host, error, DH_UNAVAILABLE,
                              "cannot write records to standard output: %s", strerror(errno));
    p += n;
    left -= (size_t)n;
  }
  sink->out.size = 0;
  return DH_OK;
}

static dh_status console_submit(void *self, dh_batch *batch, dh_error *error)
{
  console *sink = self;
  const dh_host *host = sink->host;
  size_t count = host->batch_count(host, batch);
  sink->out.size = 0;
  for (size_t i = 0; i < count; i++) {
    text_add_record(&sink->out, host->batch_record(host, batch, i),
                    host->batch_aspect(host, batch, i), 0);
    text_add(&sink->out, "\n", 1);
  }
  if (sink->out.failed) {
    text_free(&sink->out);
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while printing records");
  }
  dh_status status = write_out(sink, error);
  if (status == DH_OK)
    host->batch_done_all(host, batch, DH_DELIVERED, NULL);
  return status;
}

static dh_status console_close(void *self, int aborted, dh_error *error)
{
  console *sink = self;
  (void)aborted;
  (void)error;
  text_free(&sink->out);
  free(sink);
  return DH_OK;
}

static const dh_sink_role role = {
    .struct_size = sizeof(dh_sink_role),
    .flags = DH_SINK_SERIAL | DH_SINK_LOCAL,
    .open = console_open,
    .submit = console_submit,
    .close = console_close,
};

MODULE("console", "prints each record on standard output, one line of JSON each", .sink = &role);
