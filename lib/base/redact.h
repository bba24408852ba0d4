/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the log must not show: the live secrets of a context, and whatever looks like
 * a JWT even where it is nobody's.
 */
#ifndef DH_REDACT_H
#define DH_REDACT_H

#include <datahub/context.h>

/* Shared by a context and its secrets, and freed with the last of them. */
typedef struct dh_registry dh_registry;

dh_registry *dh_registry_new(void);
void dh_registry_unref(dh_registry *registry);
/* A secret holds a reference while it is listed. */
void dh_registry_add(dh_registry *registry, dh_secret *secret);
void dh_registry_remove(dh_registry *registry, dh_secret *secret);
void dh_registry_redact(dh_registry *registry, const char *text, char *out, size_t size);

#endif
