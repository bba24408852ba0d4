/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of dhub-authd: the map `authd` of its file is here, the map `verifier` is
 * the library's.
 */
#ifndef AUTHD_SETTINGS_H
#define AUTHD_SETTINGS_H

#include <datahub/config.h>

typedef struct authd_settings {
  dh_config *file;     /* the whole file */
  dh_options *options; /* its `authd` map, checked */
} authd_settings;

/* The options of the map `authd`. */
extern const dh_option authd_option_table[];

/* Reads a file. On an error nothing is held. */
dh_status authd_settings_load(authd_settings *settings, dh_context *context, const char *path,
                              dh_error *error);
void authd_settings_free(authd_settings *settings);
/* The map for dh_verifier_open(). */
const dh_config *authd_settings_verifier(const authd_settings *settings);

#endif
