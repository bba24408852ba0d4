/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file sink: a JSON array of records, in the form that DataHub's own file sink
 * writes and its file source reads.
 *
 * The file appears at once and whole: records go to a temporary in its folder, which
 * takes its name when the run has ended well. A run that has not leaves the file as it
 * was, and the temporary beside it.
 */
#include "../../plugins/module.h"
#include "../common/text.h"
#include "output.h"

#include <stdlib.h>

typedef struct file_sink {
  const dh_host *host;
  output out;
  text text;
  bool wrote_something;
  dh_error failure; /* of the first write that failed: the file's end is unknown from then on */
} file_sink;

static dh_status file_open(const dh_host *host, const dh_options *options, void **self,
                           dh_error *error)
{
  file_sink *sink = calloc(1, sizeof(*sink));
  if (!sink)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the file sink");
  sink->host = host;
  dh_status status =
      output_open(&sink->out, host, host->option_text(host, options, "filename"), error);
  if (status == DH_OK)
    status = output_write(&sink->out, "[\n", 2, error);
  if (status != DH_OK) {
    output_abandon(&sink->out);
    free(sink);
    return status;
  }
  *self = sink;
  return DH_OK;
}

static dh_status fail_again(file_sink *sink, dh_error *error)
{
  if (error)
    *error = sink->failure;
  return sink->failure.status;
}

static dh_status file_submit(void *self, dh_batch *batch, dh_error *error)
{
  file_sink *sink = self;
  const dh_host *host = sink->host;
  if (sink->failure.status != DH_OK)
    return fail_again(sink, error);
  size_t count = host->batch_count(host, batch);
  sink->text.size = 0;
  for (size_t i = 0; i < count; i++) {
    if (sink->wrote_something || i)
      text_add(&sink->text, ",\n", 2);
    text_add_record(&sink->text, host->batch_record(host, batch, i),
                    host->batch_aspect(host, batch, i), 4);
  }
  if (sink->text.failed) {
    text_free(&sink->text);
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while writing records");
  }
  if (output_write(&sink->out, sink->text.data, sink->text.size, &sink->failure) != DH_OK)
    return fail_again(sink, error);
  sink->wrote_something = sink->wrote_something || count > 0;
  host->batch_done_all(host, batch, DH_DELIVERED, NULL);
  return DH_OK;
}

static dh_status file_close(void *self, int aborted, dh_error *error)
{
  file_sink *sink = self;
  dh_status status = sink->failure.status;
  if (status == DH_OK)
    status = output_write(&sink->out, "\n]", 2, &sink->failure);
  if (status == DH_OK && !aborted)
    status = output_finish(&sink->out, &sink->failure);
  if (aborted)
    output_keep(&sink->out);
  if (status != DH_OK)
    fail_again(sink, error);
  output_abandon(&sink->out);
  text_free(&sink->text);
  free(sink);
  return status;
}

static const dh_option options[] = {
    {.name = "filename",
     .type = DH_OPT_PATH,
     .flags = DH_OPT_REQUIRED,
     .help = "The file to write; it is replaced when the run has ended well."},
    {.name = NULL},
};

static const dh_sink_role role = {
    .struct_size = sizeof(dh_sink_role),
    .flags = DH_SINK_SERIAL | DH_SINK_LOCAL,
    .open = file_open,
    .submit = file_submit,
    .close = file_close,
};

MODULE("file-sink", "writes records to a JSON file, as DataHub's file sink does",
       .options = options, .sink = &role);
