/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OAuth client: where the token endpoint is, how the client proves who it is, and one
 * request to it. All grants are made of this: a grant is a form's first parameters.
 */
#ifndef DH_OAUTH_CLIENT_H
#define DH_OAUTH_CLIENT_H

#include "answer.h"
#include "form.h"

#include "token/key.h"

#include <datahub/plugin.h>

typedef enum oauth_proof {
  OAUTH_NONE,        /* a public client: client_id alone, or nothing */
  OAUTH_BASIC,       /* client_secret_basic */
  OAUTH_POST,        /* client_secret_post */
  OAUTH_PRIVATE_KEY, /* private_key_jwt: a JWT signed with the client's key, RFC 7523 */
  OAUTH_TLS          /* the client's certificate, RFC 8705 */
} oauth_proof;

typedef struct oauth_client {
  const dh_host *host;
  const dh_options *options;
  const char *grant; /* "token-exchange", for messages */
  char *endpoint;    /* NULL until discovered */
  oauth_proof proof;
  dh_key *key; /* OAUTH_PRIVATE_KEY */
  const dh_alg *alg;
} oauth_client;

/*
 * Reads the options of OAUTH_CLIENT_OPTIONS. `fallback` is the proof where the options
 * give a secret and do not say how it is sent. `endpoint`, where not NULL, stands for
 * the option token_endpoint. Closed with oauth_client_close(), after failure too.
 */
dh_status oauth_client_open(oauth_client *client, const dh_host *host, const dh_options *options,
                            const char *grant, oauth_proof fallback, const char *endpoint,
                            dh_error *error);
void oauth_client_close(oauth_client *client);

/* Adds scope, every audience and resource, and `parameters`. */
void oauth_client_add_target(const oauth_client *client, dh_buf *form);

/*
 * Sends the form, the client's proof added to it, and reads the answer, which the caller
 * has initialized. Errors name endpoint, cause and cure; a token in what the endpoint
 * said is redacted.
 */
dh_status oauth_client_ask(oauth_client *client, dh_buf *form, const dh_credential_request *request,
                           oauth_answer *answer, dh_error *error);

/* Fills the stack's credential from an answer; a `token_type` other than Bearer is DH_MALFORMED. */
dh_status oauth_client_give(const oauth_client *client, const oauth_answer *answer,
                            int64_t asked_at_ms, dh_credential *out, dh_error *error);

/* A JWT with these claims, signed with the client's key: for private_key_jwt and
 * jwt-bearer. Appended to `out`, a secret buffer. */
dh_status oauth_client_assert(const oauth_client *client, const char *issuer, const char *subject,
                              const char *audience, dh_buf *out, dh_error *error);

/* Reads the private key of the options private_key_file, _id and _alg. */
dh_status oauth_client_load_key(oauth_client *client, dh_error *error);

/* Finds the token endpoint of the option issuer: discovery.c. */
dh_status oauth_client_discover(oauth_client *client, const dh_credential_request *request,
                                dh_error *error);

/* http only to this host, unless allow_http says otherwise. */
dh_status oauth_client_check_url(const oauth_client *client, const char *what, const char *url,
                                 dh_error *error);

/* A request with the client's TLS, proxy and time settings; `url`, method and body are left
 * to the caller. */
dh_http_request oauth_client_request(const oauth_client *client,
                                     const dh_credential_request *request);

extern const char *const oauth_proof_names[];
extern const char *const oauth_alg_names[];

#define OAUTH_ENDPOINT_OPTIONS                                                                     \
  {.name = "token_endpoint",                                                                       \
   .type = DH_OPT_URL,                                                                             \
   .help = "The identity provider's token endpoint; not needed where `issuer` is given."},         \
  {                                                                                                \
    .name = "issuer", .type = DH_OPT_URL,                                                          \
    .help = "The identity provider's issuer URL, from which the token endpoint is discovered."     \
  }

#define OAUTH_CLIENT_OPTIONS                                                                       \
  {.name = "client_id",                                                                            \
   .type = DH_OPT_STRING,                                                                          \
   .help = "The client's id at the identity provider."},                                           \
      {.name = "client_secret", .type = DH_OPT_SECRET, .help = "The client's secret."},            \
      {.name = "client_auth",                                                                      \
       .type = DH_OPT_ENUM,                                                                        \
       .choices = oauth_proof_names,                                                               \
       .help = "How the client proves who it is; not given: as secret, key or certificate say."},  \
      {.name = "private_key_file",                                                                 \
       .type = DH_OPT_PATH,                                                                        \
       .help = "PEM file of the key that signs the client's assertion (private_key_jwt)."},        \
      {.name = "private_key_id",                                                                   \
       .type = DH_OPT_STRING,                                                                      \
       .help = "The `kid` by which the provider knows the key."},                                  \
      {.name = "private_key_alg",                                                                  \
       .type = DH_OPT_ENUM,                                                                        \
       .choices = oauth_alg_names,                                                                 \
       .help =                                                                                     \
           "The signature algorithm; not given: RS256, ES256, ES384, ES512 or EdDSA, as fits."},   \
      {.name = "assertion_audience",                                                               \
       .type = DH_OPT_STRING,                                                                      \
       .help = "The `aud` of assertions; not given: the token endpoint."},                         \
      {.name = "cert_file",                                                                        \
       .type = DH_OPT_PATH,                                                                        \
       .help = "PEM file of the client's certificate, for mutual TLS."},                           \
      {.name = "key_file", .type = DH_OPT_PATH, .help = "PEM file of the certificate's key."},     \
      {.name = "ca_file",                                                                          \
       .type = DH_OPT_PATH,                                                                        \
       .help = "PEM file of the authorities to trust; not given: the system's."},                  \
      {.name = "proxy",                                                                            \
       .type = DH_OPT_STRING,                                                                      \
       .help = "URL of a proxy; not given: as the environment says."},                             \
      {.name = "timeout",                                                                          \
       .type = DH_OPT_DURATION,                                                                    \
       .default_value = "30s",                                                                     \
       .min = 1,                                                                                   \
       .max = 600000,                                                                              \
       .help = "How long one request to the identity provider may take."},                         \
      {.name = "parameters",                                                                       \
       .type = DH_OPT_MAP,                                                                         \
       .flags = DH_OPT_SENSITIVE,                                                                  \
       .help = "More form parameters, as the provider asks for them."},                            \
  {                                                                                                \
    .name = "allow_http", .type = DH_OPT_BOOLEAN, .default_value = "false",                        \
    .help = "Send secrets to an http:// endpoint on another host: for tests only."                 \
  }

#define OAUTH_TARGET_OPTIONS                                                                       \
  {.name = "scope", .type = DH_OPT_STRING, .help = "Scopes, separated by blanks."},                \
      {.name = "audience",                                                                         \
       .type = DH_OPT_LIST,                                                                        \
       .help = "The audience that the token is for; may be a list."},                              \
  {                                                                                                \
    .name = "resource", .type = DH_OPT_LIST,                                                       \
    .help = "The URI of the resource that the token is for (RFC 8707); may be a list."             \
  }

#endif
