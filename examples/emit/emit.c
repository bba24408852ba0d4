/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connector in one file: sends one aspect to the DataHub that the environment names
 * (DATAHUB_GMS_URL, DATAHUB_GMS_TOKEN, ~/.datahubenv) and says what became of it.
 */
#include <datahub/datahub.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Called once for each record, from the emitter's thread. */
static void delivered(void *arg, const dh_record *record, void *opaque, dh_fate fate,
                      const dh_error *error)
{
  int *failed = arg;
  (void)opaque;
  printf("%.*s of %.*s: %s\n", (int)record->aspect_name.len, record->aspect_name.ptr,
         (int)record->urn.len, record->urn.ptr,
         fate == DH_DELIVERED ? "delivered" : error->message);
  if (fate != DH_DELIVERED)
    *failed = 1;
}

static void log_line(void *arg, dh_log_level level, const char *line)
{
  (void)arg;
  (void)level;
  fprintf(stderr, "emit: %s\n", line);
}

int main(int argc, char **argv)
{
  const char *urn = argc > 1 ? argv[1] : "urn:li:corpuser:ada";
  const char *aspect = "{\"removed\":false}";
  dh_context_options log = {
      .struct_size = sizeof(log), .log_level = DH_LOG_WARNING, .log = log_line};
  int failed = 0;
  dh_emitter_options options = {
      .struct_size = sizeof(options), .delivered = delivered, .arg = &failed};
  dh_error error;
  dh_mcp *mcp = NULL;
  dh_emitter *emitter = NULL;

  dh_context *context = dh_context_new(&log, &error);
  if (!context)
    goto out;
  emitter = dh_emitter_open(context, NULL, &options, &error);
  if (!emitter)
    goto out;
  mcp = dh_mcp_new(NULL, urn, "status", &error);
  if (!mcp || dh_mcp_set_aspect_json(mcp, aspect, strlen(aspect), &error) ||
      dh_emitter_emit(emitter, mcp, NULL, 0, &error))
    goto out;
  /* Waits at most 30 s until every record's fate is known. */
  dh_status status = dh_emitter_close(emitter, 30000, &error);
  emitter = NULL;
  if (!status)
    dh_error_clear(&error);

out:
  if (error.status)
    fprintf(stderr, "emit: %s\n", error.message);
  if (emitter)
    dh_emitter_close(emitter, 0, NULL);
  dh_mcp_free(mcp);
  dh_context_free(context);
  return error.status || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
