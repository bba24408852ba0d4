/* SPDX-License-Identifier: Apache-2.0 */
#include "token_service.h"
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_ISSUER "datahub-metadata-service"
#define MADE_BYTES 32

struct gms_token_service {
  dh_context *context;
  dh_secret *key, *salt;
  char *issuer;
  char *path;
  dh_pat_store *store;
};

static const dh_option table[] = {
    {"signing_key", DH_OPT_SECRET, 0, NULL, NULL, 0, 0, "the key that tokens are signed with"},
    {"signing_key_file", DH_OPT_PATH, 0, NULL, NULL, 0, 0, "a file that holds it"},
    {"salt", DH_OPT_SECRET, 0, NULL, NULL, 0, 0, "what a token's id is made with"},
    {"salt_file", DH_OPT_PATH, 0, NULL, NULL, 0, 0, "a file that holds it"},
    {"issuer", DH_OPT_STRING, 0, NULL, NULL, 0, 0, "the claim `iss` of tokens"},
    {0}};

/* A secret's own copy. */
static dh_secret *copy_secret(dh_context *context, const dh_secret *secret)
{
  size_t size;
  const char *bytes = dh_secret_bytes(secret, &size);
  return dh_secret_new(context, bytes, size);
}

/* One that others may read is refused: whoever has it makes tokens for anyone. */
static dh_secret *read_secret(dh_context *context, const char *path, dh_error *error)
{
  char bytes[4096];
  struct stat st;
  dh_secret *secret = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    dh_error_set(error, errno == ENOENT ? DH_IGNORE : DH_UNAVAILABLE, "cannot read %s: %m", path);
    return NULL;
  }
  if (fstat(fd, &st) || st.st_mode & 077) {
    dh_error_set(error, DH_MISCONFIGURED,
                 "%s can be read by others, who could make tokens for anyone: chmod 600 %s", path,
                 path);
    close(fd);
    return NULL;
  }
  ssize_t size = read(fd, bytes, sizeof(bytes));
  close(fd);
  while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
    size--;
  if (size <= 0)
    dh_error_set(error, DH_MISCONFIGURED, "%s is empty: remove it to have a new one made", path);
  else if ((secret = dh_secret_new(context, bytes, (size_t)size)) == NULL)
    dh_error_set(error, DH_NO_MEMORY, "out of memory while reading %s", path);
  dh_wipe(bytes, sizeof(bytes));
  return secret;
}

/* Complete once it is there, and never over one that another process made meanwhile. */
static dh_status write_new(const char *path, const char *text, dh_error *error)
{
  char temporary[4200];
  snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid());
  int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  size_t size = strlen(text);
  bool failed = fd < 0 || write(fd, text, size) != (ssize_t)size || fsync(fd);
  if (fd >= 0)
    close(fd);
  if (!failed && link(temporary, path) && errno != EEXIST)
    failed = true;
  dh_status status =
      failed ? dh_error_set(error, DH_UNAVAILABLE, "cannot write %s: %m", path) : DH_OK;
  unlink(temporary);
  return status;
}

static dh_secret *keep_secret(dh_context *context, const char *path, dh_error *error)
{
  unsigned char bytes[MADE_BYTES];
  char text[64];
  dh_error why;
  dh_secret *secret = read_secret(context, path, &why);
  if (secret)
    return secret;
  if (why.status != DH_IGNORE) {
    *error = why;
    return NULL;
  }
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
    dh_error_set(error, DH_INTERNAL, "the system gives no random bytes for %s", path);
    return NULL;
  }
  EVP_EncodeBlock((unsigned char *)text, bytes, sizeof(bytes));
  strcat(text, "\n");
  dh_status status = write_new(path, text, error);
  dh_wipe(bytes, sizeof(bytes));
  dh_wipe(text, sizeof(text));
  if (status)
    return NULL;
  dh_log(context, DH_LOG_INFO, "made %s", path);
  return read_secret(context, path, error);
}

/* From the configuration, the environment, or the folder. */
static dh_secret *find_secret(dh_context *context, const dh_options *options, const char *option,
                              const char *file_option, const char *variable, const char *folder,
                              const char *file, dh_error *error)
{
  char path[4096];
  const dh_secret *given = dh_options_secret(options, option);
  const char *given_file = dh_options_text(options, file_option);
  const char *environment = getenv(variable);
  dh_secret *secret = NULL;
  if (given && given_file) {
    dh_error_set(error, DH_MISCONFIGURED, "%s: %s and %s: give one of them",
                 dh_options_where(options, option), option, file_option);
    return NULL;
  }
  if (given_file) {
    secret = read_secret(context, given_file, error);
    if (!secret && error)
      error->status = DH_MISCONFIGURED;
    return secret;
  }
  if (given)
    secret = copy_secret(context, given);
  else if (environment && *environment)
    secret = dh_secret_new(context, environment, strlen(environment));
  else if (snprintf(path, sizeof(path), "%s/%s", folder, file) < (int)sizeof(path))
    return keep_secret(context, path, error);
  if (!secret)
    dh_error_set(error, DH_NO_MEMORY, "out of memory while reading %s", option);
  return secret;
}

static dh_status load(gms_token_service *s, const dh_options *options, const char *folder,
                      dh_error *error)
{
  const char *issuer = dh_options_text(options, "issuer");
  if (!issuer)
    issuer = getenv("DATAHUB_TOKEN_SERVICE_ISSUER");
  s->issuer = strdup(issuer && *issuer ? issuer : DEFAULT_ISSUER);
  if (!s->issuer || asprintf(&s->path, "%s/tokens.db", folder) < 0) {
    s->path = NULL;
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the token service");
  }
  s->key = find_secret(s->context, options, "signing_key", "signing_key_file",
                       "DATAHUB_TOKEN_SERVICE_SIGNING_KEY", folder, "signing.key", error);
  if (s->key)
    s->salt = find_secret(s->context, options, "salt", "salt_file", "DATAHUB_TOKEN_SERVICE_SALT",
                          folder, "salt", error);
  if (s->salt)
    s->store = dh_pat_store_open(s->path, DH_PAT_STORE_CREATE, error);
  return s->store ? DH_OK : DH_UNAVAILABLE;
}

gms_token_service *gms_token_service_open(dh_context *context, const dh_config *config,
                                          const char *folder, dh_error *error)
{
  dh_options *options = dh_options_check(context, table, "token_service", config, NULL, error);
  if (!options)
    return NULL;
  gms_token_service *service = calloc(1, sizeof(*service));
  dh_status status = DH_NO_MEMORY;
  if (service) {
    service->context = context;
    status = load(service, options, folder, error);
  } else
    dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the token service");
  dh_options_free(options);
  /* The children of this process have no business with them. */
  unsetenv("DATAHUB_TOKEN_SERVICE_SIGNING_KEY");
  unsetenv("DATAHUB_TOKEN_SERVICE_SALT");
  if (!status)
    return service;
  gms_token_service_close(service);
  return NULL;
}

void gms_token_service_close(gms_token_service *service)
{
  if (!service)
    return;
  dh_pat_store_close(service->store);
  dh_secret_free(service->key);
  dh_secret_free(service->salt);
  free(service->issuer);
  free(service->path);
  free(service);
}

const dh_secret *gms_token_service_key(const gms_token_service *service)
{
  return service->key;
}

const dh_secret *gms_token_service_salt(const gms_token_service *service)
{
  return service->salt;
}

const char *gms_token_service_issuer(const gms_token_service *service)
{
  return service->issuer;
}

dh_pat_store *gms_token_service_store(const gms_token_service *service)
{
  return service->store;
}

const char *gms_token_service_path(const gms_token_service *service)
{
  return service->path;
}

#define DAY_MS INT64_C(86400000)
static const int64_t lifetimes[] = {3600000,     DAY_MS,       7 * DAY_MS,   30 * DAY_MS,
                                    90 * DAY_MS, 180 * DAY_MS, 365 * DAY_MS, 0};
const char *const gms_durations[] = {"ONE_HOUR",  "ONE_DAY",      "ONE_WEEK",
                                     "ONE_MONTH", "THREE_MONTHS", "SIX_MONTHS",
                                     "ONE_YEAR",  "NO_EXPIRY",    NULL};

int64_t gms_duration_ms(const char *name)
{
  for (size_t i = 0; name && gms_durations[i]; i++)
    if (!strcmp(name, gms_durations[i]))
      return lifetimes[i];
  return -1;
}

dh_secret *gms_token_issue(gms_token_service *service, const gms_token_wish *wish,
                           char id[DH_PAT_ID_SIZE], dh_pat_record *record, dh_error *error)
{
  int64_t now = dh_wall_ms(service->context);
  /* The claim counts in whole seconds: what is listed is what is signed. */
  int64_t ends = wish->lifetime_ms ? (now + wish->lifetime_ms) / 1000 * 1000 : 0;
  dh_pat_claims claims = {.struct_size = sizeof(claims),
                          .type = wish->type,
                          .version = "2",
                          .actor_type = "USER",
                          .actor_id = wish->actor_urn + strlen(GMS_URN_OF_USER),
                          .issuer = service->issuer,
                          .expires_at_ms = ends};
  size_t size;
  dh_secret *token = dh_pat_mint(service->context, service->key, &claims, error);
  if (!token)
    return NULL;
  const char *bytes = dh_secret_bytes(token, &size);
  *record = (dh_pat_record){.struct_size = sizeof(*record),
                            .id = id,
                            .name = wish->name,
                            .description = wish->description,
                            .type = wish->type,
                            .actor_urn = wish->actor_urn,
                            .owner_urn = wish->owner_urn,
                            .created_at_ms = now,
                            .expires_at_ms = ends};
  if (!dh_pat_id(bytes, size, dh_secret_bytes(service->salt, NULL), id, error) &&
      !dh_pat_store_insert(service->store, record, error))
    return token;
  dh_secret_free(token);
  return NULL;
}
