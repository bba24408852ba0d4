/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text of libconfig's, with its quotes; `$` would begin a variable. */
static void put_text(FILE *out, const char *text)
{
  fputc('"', out);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      fputc('\\', out);
    if (*text == '$')
      fputc('$', out);
    fputc(*text, out);
  }
  fputc('"', out);
}

static void put(FILE *out, const char *name, const char *text)
{
  fprintf(out, " %s = ", name);
  put_text(out, text);
  fputc(';', out);
}

/* Each module is for a scheme of its own, so the first that has something to say decides, and
 * the log has its reason; where none has, the stack denies. */
#define LINK "{ control = \"[ok=done ignore=ignore default=die]\"; plugin = "

static void put_stack(FILE *out, const gms_token_service *tokens, const char *client_id,
                      const char *client_secret)
{
  fputs("stack = ( " LINK "\"pat\"; config = {", out);
  put(out, "signing_key", dh_secret_bytes(gms_token_service_key(tokens), NULL));
  put(out, "salt", dh_secret_bytes(gms_token_service_salt(tokens), NULL));
  put(out, "issuer", gms_token_service_issuer(tokens));
  put(out, "store", gms_token_service_path(tokens));
  fputs(" }; }", out);
  if (client_id && client_secret) {
    fputs(", " LINK "\"basic\"; config = {", out);
    put(out, "client_id", client_id);
    put(out, "client_secret", client_secret);
    fputs(" }; }", out);
  }
  fputs(" );\n", out);
}

dh_config *gms_auth_stack(dh_context *context, const dh_config *config,
                          const gms_token_service *tokens, dh_error *error)
{
  const dh_config *given = dh_config_get(config, "verifier");
  const char *id = dh_config_get_text(config, "system_client.id", NULL);
  const char *secret = dh_config_get_text(config, "system_client.secret", NULL);
  char *text = NULL;
  size_t size = 0;
  if (given) {
    dh_config *copy = dh_config_copy(given);
    if (!copy)
      dh_error_set(error, DH_NO_MEMORY, "out of memory while reading the verifier's stack");
    return copy;
  }
  if (!id && !secret) {
    id = getenv("DATAHUB_SYSTEM_CLIENT_ID");
    secret = getenv("DATAHUB_SYSTEM_CLIENT_SECRET");
  }
  if ((id == NULL) != (secret == NULL)) {
    dh_error_set(error, DH_MISCONFIGURED, "system_client needs both id and secret");
    return NULL;
  }
  FILE *out = open_memstream(&text, &size);
  if (out) {
    put_stack(out, tokens, id, secret);
    fclose(out);
  }
  dh_config *made = text ? dh_config_parse(context, DH_CONFIG_LIBCONFIG, text, size,
                                           "the default verifier stack", error)
                         : NULL;
  if (!text)
    dh_error_set(error, DH_NO_MEMORY, "out of memory while making the verifier's stack");
  else
    dh_wipe(text, size);
  free(text);
  return made;
}
