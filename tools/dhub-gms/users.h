/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users, groups and policies, as a file says them: see examples/config/users.cfg. Read-only
 * once loaded, so safe from many threads.
 */
#ifndef GMS_USERS_H
#define GMS_USERS_H

#include <datahub/config.h>

#include <stdbool.h>

#define GMS_URN_OF_USER "urn:li:corpuser:"
#define GMS_URN_OF_SERVICE "urn:li:corpuser:service_"

/* What a policy grants, by DataHub's names for them. */
typedef enum gms_privilege {
  GMS_GENERATE_TOKENS,         /* Generate Personal Access Tokens */
  GMS_MANAGE_TOKENS,           /* Manage All Access Tokens */
  GMS_MANAGE_SERVICE_ACCOUNTS, /* Manage Service Accounts */
  GMS_EDIT_ENTITY,             /* Edit Entity: of the types that the policy names, or all */
  GMS_PRIVILEGE_COUNT
} gms_privilege;

const char *gms_privilege_name(gms_privilege privilege);

typedef struct gms_users gms_users;

/* `config` is the root of the file; NULL: one user, `datahub`, who may do everything and has
 * no password. DH_MISCONFIGURED with file and line. */
gms_users *gms_users_load(dh_context *context, const dh_config *config, dh_error *error);
void gms_users_free(gms_users *users);

/* Whether the file has that user: 1 active, 0 deactivated, -1 not there. */
int gms_users_state(const gms_users *users, const char *urn);
/* Whether a policy grants it; for GMS_EDIT_ENTITY on that entity type. Service accounts are
 * granted what names them or "service_*". */
bool gms_users_may(const gms_users *users, const char *urn, gms_privilege privilege,
                   const char *entity);
/* Checks a password. Takes as long for an unknown user as for a known one. */
bool gms_users_password(const gms_users *users, const char *name, const char *password);
/* Whether anyone has a password: whether signing in can work at all. */
bool gms_users_have_passwords(const gms_users *users);
/* How a user is shown; the name where nothing else is set; NULL where not there. */
const char *gms_users_display(const gms_users *users, const char *urn);

/* Calls `each` with each user of the file. */
void gms_users_each(const gms_users *users, void (*each)(void *arg, const char *urn, bool active),
                    void *arg);

#endif
