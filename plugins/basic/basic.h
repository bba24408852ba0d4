/* SPDX-License-Identifier: Apache-2.0 */
/*
 * basic has both roles: a client that sends the system client's pair, and a server that
 * checks it, under one table of options.
 */
#ifndef DH_PLUGINS_BASIC_H
#define DH_PLUGINS_BASIC_H

#include <datahub/plugin.h>

extern const dh_credential_role basic_credential;

#endif
