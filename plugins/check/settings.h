/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What verifiers are told alike: secrets from an option, a file, or the environment of the
 * process; the actor that a subject stands for; the server that is asked.
 */
#ifndef DH_CHECK_SETTINGS_H
#define DH_CHECK_SETTINGS_H

#include <datahub/plugin.h>

/* Who the actor is. `said` says what bears the subject: "claim". */
#define SETTING_ACTOR_OPTIONS(said)                                                                \
  {.name = "subject_claim",                                                                        \
   .type = DH_OPT_STRING,                                                                          \
   .default_value = "sub",                                                                         \
   .help = "The " said " that names the actor."},                                                  \
  {                                                                                                \
    .name = "actor_prefix", .type = DH_OPT_STRING, .default_value = "urn:li:corpuser:",            \
    .help = "What stands before the subject in the actor's URN."                                   \
  }

typedef struct setting_actor {
  const char *subject_claim, *prefix;
} setting_actor;

/* Both texts live as long as the options. */
setting_actor setting_actor_read(const dh_host *host, const dh_options *options);

/* How a server is asked. `server` names it: "GMS". */
#define SETTING_SERVER_OPTIONS(server)                                                             \
  {.name = "ca_file",                                                                              \
   .type = DH_OPT_PATH,                                                                            \
   .help =                                                                                         \
       "A PEM file of the authorities that the certificate of " server " is checked against."},    \
  {                                                                                                \
    .name = "timeout", .type = DH_OPT_DURATION, .default_value = "5s", .min = 1, .max = 60000,     \
    .help = "How long " server " is waited for."                                                   \
  }

typedef struct setting_server {
  const char *ca_file; /* or NULL: the system's; lives as long as the options */
  int64_t timeout_ms;
} setting_server;

setting_server setting_server_read(const dh_host *host, const dh_options *options);

/* Where a secret may stand. NULL for a way that a module does not offer. */
typedef struct setting {
  const char *option;   /* a SECRET */
  const char *file;     /* a PATH; one newline at the file's end is dropped */
  const char *variable; /* of the environment; set-id programs ignore it */
} setting;

/*
 * Reads the first of these that was given. `*out` is NULL where none was. DH_MISCONFIGURED
 * (both option and file; an empty value), DH_UNAVAILABLE (a file that cannot be read),
 * DH_DENIED (a file that others may read), DH_NO_MEMORY. The caller frees.
 */
dh_status setting_secret(const dh_host *host, const dh_options *options, const setting *from,
                         dh_secret **out, dh_error *error);

/* Reads a file whole, up to `max` bytes, NUL-terminated; freed by the caller. NULL and
 * `error` (DH_UNAVAILABLE, DH_DENIED where `secret` and others may read it, DH_NO_MEMORY). */
char *setting_file(const dh_host *host, const char *path, size_t max, int secret, size_t *size,
                   dh_error *error);

#endif
