/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the environment and ~/.datahubenv say, as DataHub's Python client reads them.
 */
#ifndef DH_AUTH_ENVIRONMENT_H
#define DH_AUTH_ENVIRONMENT_H

#include <datahub/config.h>

#include <stdbool.h>

/* A variable's value; NULL where it is unset or empty. */
const char *dh_env(const char *name);

/*
 * The server that the environment names: DATAHUB_GMS_URL, or DATAHUB_GMS_HOST with
 * DATAHUB_GMS_PORT and DATAHUB_GMS_PROTOCOL, which win where a port is set. NULL where it
 * names none (or no memory). The caller frees. `*variable` (may be NULL) tells, for messages,
 * what named it.
 */
char *dh_env_server(const char **variable);

/*
 * Whether a credential made for the server `own` may go to `other`: the same scheme, host
 * and port, or the step up from http to https on their default ports.
 */
bool dh_env_same_server(const char *own, const char *other);

/*
 * The module that DATAHUB_AUTH_TYPE asks for, with its options out of the environment.
 * `*plugin` is static; `*config` is freed by the caller. DH_IGNORE where it is not set;
 * DH_MISCONFIGURED where the type is unknown or variables that it needs are missing.
 */
dh_status dh_env_auth(const char **plugin, dh_config **config, dh_error *error);

/* The path of ~/.datahubenv; NULL without a home. The caller frees. */
char *dh_env_file(void);
/* Whether DATAHUB_SKIP_CONFIG says to leave that file alone. */
bool dh_env_skips_file(void);
/* Its gms.server, which the caller frees. NULL where it names none, is not there or is not to
 * be read; and where it cannot be, with `error` (may be NULL) set. */
char *dh_env_file_server(dh_error *error);

#endif
