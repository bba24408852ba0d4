/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub token verify: a token against keys that are given, and what it says where it holds.
 */
#include "command.h"
#include "options.h"
#include "output.h"
#include "token_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LIST 16

typedef struct request {
  char *jwks, *key, *key_file, *algorithms, *issuer, *audience, *leeway;
  bool pat, jws;
} request;

static const dhub_option options[] = {
    {"jwks", 0, "FILE|URL", "the issuer's keys, as a JWK set"},
    {"key", 0, "FILE", "one key: a PEM public key or certificate"},
    {"alg", 0, "LIST", "the algorithms that are accepted, separated by commas"},
    {"iss", 0, "ISSUER", "who must have issued it"},
    {"aud", 0, "AUDIENCE", "whom it must be meant for"},
    {"leeway", 0, "SECONDS", "by how much clocks may differ (0)"},
    {"pat", 0, NULL, "it is one of DataHub's personal access tokens (HS256)"},
    {"key-file", 0, "FILE",
     "--pat: the signing key; else DATAHUB_TOKEN_SERVICE_SIGNING_KEY is read"},
    {"jws", 0, NULL, "check the signature only, and print the payload, whatever it is"},
    {NULL, 0, NULL, NULL},
};
static const dhub_option *const tables[] = {options, NULL};

static const dhub_usage usage = {
    .command = "token verify",
    .arguments = "[FILE]",
    .summary = "Checks the token in FILE, or on standard input, and prints its claims where it "
               "holds. Keys and\nalgorithms are what is given here, never what the token names.",
    .tables = tables,
    .notes =
        "Exit status: 0 it holds; 2 usage or keys; 3 it does not hold; 4 keys or file cannot be "
        "read.\n\n"
        "  dhub token verify --jwks https://idp.example.com/keys --alg RS256 < token.txt\n"
        "  dhub token verify --pat --key-file signing.key < token.txt",
};

static bool set(void *arg, const dhub_option *option, char *value)
{
  request *r = arg;
  const struct {
    const char *name;
    char **to;
  } texts[] = {{"jwks", &r->jwks},        {"key", &r->key},      {"alg", &r->algorithms},
               {"iss", &r->issuer},       {"aud", &r->audience}, {"leeway", &r->leeway},
               {"key-file", &r->key_file}};
  if (!strcmp(option->name, "pat"))
    r->pat = true;
  else if (!strcmp(option->name, "jws"))
    r->jws = true;
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    if (!strcmp(option->name, texts[i].name))
      *texts[i].to = value;
  return true;
}

static int check_request(const request *r)
{
  if ((r->jwks != NULL) + (r->key != NULL) + r->pat != 1)
    return dhub_usage_error("token verify", "give the keys once: --jwks, --key or --pat");
  if (!r->pat && !r->algorithms)
    return dhub_usage_error("token verify",
                            "give --alg: which algorithm to accept is not the token's choice");
  if (r->leeway && (!*r->leeway || strspn(r->leeway, "0123456789") != strlen(r->leeway) ||
                    strlen(r->leeway) > 6))
    return dhub_usage_error("token verify", "--leeway takes whole seconds, not '%s'", r->leeway);
  return DHUB_OK;
}

static dh_status read_keys(const request *r, dh_keys *keys, dh_error *error)
{
  size_t size;
  dh_status status;
  char *text = r->pat    ? dhub_read_pat_key(r->key_file, &size, error)
               : r->jwks ? dhub_read_document(r->jwks, &size, error)
                         : dhub_read_text(r->key, 0, &size, error);
  if (!text)
    return error->status;
  if (r->pat)
    status = dh_keys_add_secret(keys, text, size, NULL, "HS256", error);
  else if (r->jwks)
    status = dh_keys_add_jwks(keys, text, size, NULL, error);
  else
    status = dh_keys_add_pem(keys, text, size, NULL, NULL, error);
  dhub_wipe_text(text);
  if (status != DH_OK)
    dh_error_prefix(error, "%s: ", r->jwks ? r->jwks : r->key ? r->key : "the signing key");
  if (status == DH_OK && !dh_keys_count(keys))
    status = dh_error_set(error, DH_MISCONFIGURED, "%s holds no key that can be used", r->jwks);
  if (status == DH_MALFORMED) /* of the configuration's side, not of the token's */
    status = error->status = DH_MISCONFIGURED;
  return status;
}

static dh_checker *make_checker(const request *r, dh_keys *keys, dh_error *error)
{
  static const char *const pat_algorithms[] = {"HS256", NULL};
  static const char *const pat_claims[] = {"type", "version", "actorType", "actorId", NULL};
  const char *algorithms[MAX_LIST];
  const char *const issuers[] = {r->issuer, NULL}, *const audiences[] = {r->audience, NULL};
  if (!r->pat)
    dhub_split(r->algorithms, algorithms, MAX_LIST);
  const dh_checker_options rules = {.struct_size = sizeof(rules),
                                    .algorithms = r->pat ? pat_algorithms : algorithms,
                                    .issuers = issuers,
                                    .audiences = audiences,
                                    .required = r->pat && !r->jws ? pat_claims : NULL,
                                    .leeway_ms = r->leeway ? atoi(r->leeway) * 1000LL : 0,
                                    .flags = r->jws ? DH_CHECKER_ANY_PAYLOAD : 0};
  return dh_checker_new(keys, &rules, error);
}

static int check(const dh_checker *checker, const char *path, dhub_output *output)
{
  dh_error error;
  dh_token *token;
  size_t size;
  char *text = dhub_read_text(path, 1, &size, &error);
  if (!text)
    return dhub_fail(output, &error);
  dh_status status = dh_checker_check(checker, text, size, 0, &token, &error);
  dhub_wipe_text(text);
  if (status != DH_OK) {
    dhub_say(output, "%s: %s", dh_status_name(status), error.message);
    return DHUB_AUTH;
  }
  const char *payload = dh_token_payload(token, &size);
  fwrite(payload, 1, size, stdout);
  putchar('\n');
  dh_token_free(token);
  return DHUB_OK;
}

int dhub_token_verify(int argc, char **argv)
{
  dhub_output output = DHUB_OUTPUT_INIT;
  request r = {NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false};
  dh_error error;
  int first = dhub_parse(&usage, argc, argv, set, &r);
  if (first < 0)
    return first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  if (argc - first > 1)
    return dhub_usage_error("token verify", "one FILE is read, %d were given", argc - first);
  int code = check_request(&r);
  if (code != DHUB_OK)
    return code;
  dh_keys *keys = dh_keys_new(&error);
  dh_checker *checker = NULL;
  if (keys && read_keys(&r, keys, &error) == DH_OK)
    checker = make_checker(&r, keys, &error);
  code = checker ? check(checker, argv[first], &output) : dhub_fail(&output, &error);
  dh_checker_free(checker);
  dh_keys_unref(keys);
  return code;
}
