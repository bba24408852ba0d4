/* SPDX-License-Identifier: Apache-2.0 */
#include "users.h"
#include "password.h"

#include <stdlib.h>
#include <string.h>

typedef struct user {
  const char *name, *display, *password; /* in the options */
  bool active;
  dh_options *options;
} user;

typedef struct policy {
  dh_options *options; /* name, users, groups, privileges, entities */
  bool grants[GMS_PRIVILEGE_COUNT];
} policy;

struct gms_users {
  user *users;
  size_t user_count;
  policy *policies;
  size_t policy_count;
  bool open; /* no file: `datahub` may do everything */
};

/* Each is known by the words of the Permissions page, and by the name in DataHub's API. */
static const struct {
  const char *words, *name;
} privileges[GMS_PRIVILEGE_COUNT] = {
    [GMS_GENERATE_TOKENS] = {"Generate Personal Access Tokens", "GENERATE_PERSONAL_ACCESS_TOKENS"},
    [GMS_MANAGE_TOKENS] = {"Manage All Access Tokens", "MANAGE_ACCESS_TOKENS"},
    [GMS_MANAGE_SERVICE_ACCOUNTS] = {"Manage Service Accounts", "MANAGE_SERVICE_ACCOUNTS"},
    [GMS_EDIT_ENTITY] = {"Edit Entity", "EDIT_ENTITY"},
};

const char *gms_privilege_name(gms_privilege privilege)
{
  return privileges[privilege].words;
}

static const dh_option user_table[] = {
    {"name", DH_OPT_STRING, DH_OPT_REQUIRED, NULL, NULL, 0, 0, "who: urn:li:corpuser:NAME"},
    {"display_name", DH_OPT_STRING, 0, NULL, NULL, 0, 0, "how the web page shows the user"},
    {"password_hash", DH_OPT_STRING, 0, NULL, NULL, 0, 0,
     "what `dhub-gms --hash-password` printed; without it the user cannot sign in"},
    {"groups", DH_OPT_LIST, 0, NULL, NULL, 0, 0, "the groups that the user is in"},
    {"active", DH_OPT_BOOLEAN, 0, "true", NULL, 0, 0, "false: the user's tokens do not work"},
    {0}};

static const dh_option policy_table[] = {
    {"name", DH_OPT_STRING, DH_OPT_REQUIRED, NULL, NULL, 0, 0, "what the policy is called"},
    {"users", DH_OPT_LIST, 0, NULL, NULL, 0, 0,
     "names of users and service accounts; * and service_* stand for all of them"},
    {"groups", DH_OPT_LIST, 0, NULL, NULL, 0, 0, "names of groups"},
    {"privileges", DH_OPT_LIST, DH_OPT_REQUIRED, NULL, NULL, 0, 0, "what it grants"},
    {"entities", DH_OPT_LIST, 0, NULL, NULL, 0, 0,
     "the entity types that Edit Entity is for; without it, all"},
    {0}};

static dh_status load_user(dh_context *context, const dh_config *node, user *out, dh_error *error)
{
  out->options = dh_options_check(context, user_table, "users", node, NULL, error);
  if (!out->options)
    return DH_MISCONFIGURED;
  out->name = dh_options_text(out->options, "name");
  out->display = dh_options_text(out->options, "display_name");
  out->password = dh_options_text(out->options, "password_hash");
  out->active = dh_options_number(out->options, "active") != 0;
  if (!*out->name || strpbrk(out->name, ":()\t ,"))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s: \"%s\" cannot be the name of a user: it becomes the end of a URN",
                        dh_config_where(node), out->name);
  if (out->password && !gms_password_is_hash(out->password))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s: password_hash of %s is none: make it with `dhub-gms "
                        "--hash-password`",
                        dh_config_where(node), out->name);
  return DH_OK;
}

static dh_status load_policy(dh_context *context, const dh_config *node, policy *out,
                             dh_error *error)
{
  out->options = dh_options_check(context, policy_table, "policies", node, NULL, error);
  if (!out->options)
    return DH_MISCONFIGURED;
  size_t count = dh_options_count(out->options, "privileges");
  for (size_t i = 0; i < count; i++) {
    const char *word = dh_options_item(out->options, "privileges", i);
    int found = -1;
    for (int p = 0; p < GMS_PRIVILEGE_COUNT; p++)
      if (!strcmp(word, privileges[p].words) || !strcmp(word, privileges[p].name))
        found = p;
    if (found < 0)
      return dh_error_set(error, DH_MISCONFIGURED,
                          "%s: \"%s\" is no privilege here: use \"%s\", \"%s\", \"%s\" or \"%s\"",
                          dh_config_where(node), word, privileges[0].words, privileges[1].words,
                          privileges[2].words, privileges[3].words);
    out->grants[found] = true;
  }
  return DH_OK;
}

static dh_status load(dh_context *context, const dh_config *config, gms_users *out, dh_error *error)
{
  const dh_config *users = dh_config_get(config, "users");
  const dh_config *policies = dh_config_get(config, "policies");
  size_t user_count = dh_config_count(users), policy_count = dh_config_count(policies);
  out->users = calloc(user_count + 1, sizeof(*out->users));
  out->policies = calloc(policy_count + 1, sizeof(*out->policies));
  if (!out->users || !out->policies)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while reading users");
  for (size_t i = 0; i < user_count; i++) {
    dh_status status = load_user(context, dh_config_at(users, i), &out->users[i], error);
    out->user_count = i + 1;
    if (status)
      return status;
    for (size_t j = 0; j < i; j++)
      if (!strcmp(out->users[j].name, out->users[i].name))
        return dh_error_set(error, DH_MISCONFIGURED, "%s: the user %s is there twice",
                            dh_config_where(dh_config_at(users, i)), out->users[i].name);
  }
  for (size_t i = 0; i < policy_count; i++) {
    dh_status status = load_policy(context, dh_config_at(policies, i), &out->policies[i], error);
    out->policy_count = i + 1;
    if (status)
      return status;
  }
  return DH_OK;
}

gms_users *gms_users_load(dh_context *context, const dh_config *config, dh_error *error)
{
  gms_users *users = calloc(1, sizeof(*users));
  if (!users) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while reading users");
    return NULL;
  }
  if (!dh_config_get(config, "users")) {
    users->open = true;
    return users;
  }
  if (!load(context, config, users, error))
    return users;
  gms_users_free(users);
  return NULL;
}

void gms_users_free(gms_users *users)
{
  if (!users)
    return;
  for (size_t i = 0; i < users->user_count; i++)
    dh_options_free(users->users[i].options);
  for (size_t i = 0; i < users->policy_count; i++)
    dh_options_free(users->policies[i].options);
  free(users->users);
  free(users->policies);
  free(users);
}

static const char *name_of(const char *urn)
{
  size_t size = strlen(GMS_URN_OF_USER);
  return strncmp(urn, GMS_URN_OF_USER, size) ? NULL : urn + size;
}

static const user *find(const gms_users *users, const char *name)
{
  for (size_t i = 0; name && i < users->user_count; i++)
    if (!strcmp(users->users[i].name, name))
      return &users->users[i];
  return NULL;
}

int gms_users_state(const gms_users *users, const char *urn)
{
  const char *name = name_of(urn);
  if (users->open)
    return name && !strcmp(name, "datahub") ? 1 : -1;
  const user *found = find(users, name);
  return found ? found->active : -1;
}

static bool lists(const dh_options *options, const char *key, const char *word)
{
  size_t count = dh_options_count(options, key);
  for (size_t i = 0; i < count; i++)
    if (!strcmp(dh_options_item(options, key, i), word))
      return true;
  return false;
}

/* Whether a policy is for that user. */
static bool concerns(const policy *p, const char *name, const user *u)
{
  if (lists(p->options, "users", name))
    return true;
  if (!strncmp(name, "service_", 8))
    return lists(p->options, "users", "service_*");
  if (!u)
    return false;
  if (lists(p->options, "users", "*"))
    return true;
  size_t count = dh_options_count(u->options, "groups");
  for (size_t i = 0; i < count; i++)
    if (lists(p->options, "groups", dh_options_item(u->options, "groups", i)))
      return true;
  return false;
}

bool gms_users_may(const gms_users *users, const char *urn, gms_privilege privilege,
                   const char *entity)
{
  const char *name = name_of(urn);
  if (!name)
    return false;
  if (users->open)
    return !strcmp(name, "datahub") ||
           (privilege == GMS_EDIT_ENTITY && !strncmp(name, "service_", 8));
  const user *u = find(users, name);
  if (u && !u->active)
    return false;
  for (size_t i = 0; i < users->policy_count; i++) {
    const policy *p = &users->policies[i];
    bool narrow = privilege == GMS_EDIT_ENTITY && dh_options_count(p->options, "entities") > 0;
    if (p->grants[privilege] && concerns(p, name, u) &&
        (!narrow || (entity && lists(p->options, "entities", entity))))
      return true;
  }
  return false;
}

bool gms_users_password(const gms_users *users, const char *name, const char *password)
{
  /* Of nobody; only to take the time that a real one takes. */
  static const char nobody[] = "scrypt:16384:8:1:AAAAAAAAAAAAAAAAAAAAAA==:"
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  const user *u = find(users, name);
  bool matches = gms_password_matches(password, u && u->password ? u->password : nobody);
  return matches && u && u->password && u->active;
}

bool gms_users_have_passwords(const gms_users *users)
{
  for (size_t i = 0; i < users->user_count; i++)
    if (users->users[i].password)
      return true;
  return false;
}

const char *gms_users_display(const gms_users *users, const char *urn)
{
  const char *name = name_of(urn);
  if (users->open)
    return name && !strcmp(name, "datahub") ? name : NULL;
  const user *u = find(users, name);
  return u && u->display ? u->display : u ? u->name : NULL;
}

void gms_users_each(const gms_users *users, void (*each)(void *arg, const char *urn, bool active),
                    void *arg)
{
  char urn[512];
  if (users->open)
    each(arg, GMS_URN_OF_USER "datahub", true);
  for (size_t i = 0; i < users->user_count; i++) {
    if (strlen(users->users[i].name) > 400)
      continue;
    strcpy(urn, GMS_URN_OF_USER);
    strcat(urn, users->users[i].name);
    each(arg, urn, users->users[i].active);
  }
}
