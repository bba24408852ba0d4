/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which server a sink is for where its configuration names none.
 */
#ifndef DH_EMIT_SERVER_H
#define DH_EMIT_SERVER_H

#include <datahub/config.h>

/*
 * The server that the environment names, or ~/.datahubenv. NULL and `error`:
 * DH_MISCONFIGURED (none does; the places are named), or why the file cannot be read.
 * The caller frees.
 */
char *dh_server_find(dh_context *context, dh_error *error);

#endif
