/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GMS_BOOTSTRAP_H
#define GMS_BOOTSTRAP_H

#include "server.h"

/*
 * The first token of a fresh server: writes a personal access token of the user datahub to
 * `path`, mode 0600, for whoever may read that file. A good one that an earlier run left
 * there is kept.
 */
dh_status gms_bootstrap_token(gms_server *server, const char *path, dh_error *error);

/* The users of the file as entities, where they are not there yet: who asks for
 * urn:li:corpuser:datahub finds it. */
dh_status gms_bootstrap_users(gms_server *server, dh_error *error);

#endif
