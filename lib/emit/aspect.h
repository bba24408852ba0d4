/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record's aspect as JSON, out of the string that it is in its proposal.
 */
#ifndef DH_EMIT_ASPECT_H
#define DH_EMIT_ASPECT_H

#include <datahub/plugin.h>

/* In memory that the caller frees (`*memory`). {NULL, 0} where the proposal holds none, is
 * not of the wire form, or memory is short. */
dh_slice dh_aspect_of(dh_slice proposal, char **memory);

#endif
