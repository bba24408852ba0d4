/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast tokens are checked, in one run on one PAT and one RS256 token: OpenSSL's bare
 * HMAC and RSA verification, Debian's libjwt where it is there, and ours, cold and cached,
 * with one thread and with two. Prints checks a second and the ratios.
 *
 *   bench/verify [SECONDS [cpu]]
 *
 * SECONDS is how long each line is measured, 1 without it: in slices, of which the best counts,
 * since a machine that does something else meanwhile only ever makes it slower. With `cpu` a second
 * is one of processor time that a thread was given: for a machine that others keep busy. A thread
 * that waits for a lock is then not seen to wait, but one that fights for a cache line is.
 */
#include "config.h"

#include <datahub/token.h>
#include <datahub/verifier.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#ifdef HAVE_LIBJWT
#include <jwt.h>
#endif

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SIGNING_KEY "an-example-signing-key-of-the-bench"
#define ISSUER "https://idp.example.com"
#define MAX_THREADS 2
#define SLICES 5

/* What all lines share. */
static struct {
  char *pat, *rs256;            /* the tokens */
  char *pat_header, *rs_header; /* "Bearer ..." */
  char *public_pem;
  size_t public_size;
  EVP_PKEY *rsa;
  unsigned char mac[32], signature[256];
  dh_verifier *cold, *cached, *rs_cold, *rs_cached;
} b;

typedef int (*check_fn)(void);

static clockid_t measure_by = CLOCK_MONOTONIC;

static double now(void)
{
  struct timespec t;
  clock_gettime(measure_by, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- one check of each kind; 0 on a failure --- */

static size_t input_size(const char *token)
{
  return (size_t)(strrchr(token, '.') - token);
}

static int bare_hmac(void)
{
  unsigned char mac[32];
  unsigned size;
  return HMAC(EVP_sha256(), SIGNING_KEY, strlen(SIGNING_KEY), (const unsigned char *)b.pat,
              input_size(b.pat), mac, &size) &&
         !CRYPTO_memcmp(mac, b.mac, sizeof(mac));
}

static int bare_rsa(void)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int good = EVP_DigestVerifyInit_ex(context, NULL, "SHA256", NULL, NULL, b.rsa, NULL) == 1 &&
             EVP_DigestVerify(context, b.signature, sizeof(b.signature),
                              (const unsigned char *)b.rs256, input_size(b.rs256)) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

#ifdef HAVE_LIBJWT
static int libjwt_pat(void)
{
  jwt_t *jwt = NULL;
  int good =
      !jwt_decode(&jwt, b.pat, (const unsigned char *)SIGNING_KEY, (int)strlen(SIGNING_KEY)) &&
      jwt_get_alg(jwt) == JWT_ALG_HS256 && jwt_get_grant_int(jwt, "exp") > time(NULL) &&
      jwt_get_grant(jwt, "actorId");
  jwt_free(jwt);
  return good;
}

static int libjwt_rs256(void)
{
  jwt_t *jwt = NULL;
  int good = !jwt_decode(&jwt, b.rs256, (const unsigned char *)b.public_pem, (int)b.public_size) &&
             jwt_get_alg(jwt) == JWT_ALG_RS256 && jwt_get_grant_int(jwt, "exp") > time(NULL);
  jwt_free(jwt);
  return good;
}
#endif

static int ours(dh_verifier *verifier, const char *header)
{
  dh_principal *who;
  if (dh_verifier_check(verifier, header, &who, NULL) != DH_OK)
    return 0;
  dh_principal_unref(who);
  return 1;
}

static int our_pat_cold(void)
{
  return ours(b.cold, b.pat_header);
}

static int our_pat_cached(void)
{
  return ours(b.cached, b.pat_header);
}

static int our_rs256_cold(void)
{
  return ours(b.rs_cold, b.rs_header);
}

static int our_rs256_cached(void)
{
  return ours(b.rs_cached, b.rs_header);
}

/* --- measuring --- */

typedef struct worker {
  pthread_t thread;
  check_fn check;
  double seconds;
  uint64_t done;
  double took;
} worker;

static void *work(void *arg)
{
  worker *w = arg;
  double start = now(), end = start + w->seconds;
  do {
    for (int i = 0; i < 64; i++)
      if (!w->check()) {
        fprintf(stderr, "verify: a check failed\n");
        exit(EXIT_FAILURE);
      }
    w->done += 64;
  } while (now() < end);
  w->took = now() - start;
  return NULL;
}

static double measure_slice(check_fn check, int threads, double seconds)
{
  worker workers[MAX_THREADS];
  double rate = 0;
  memset(workers, 0, sizeof(workers));
  for (int i = 0; i < threads; i++) {
    workers[i].check = check;
    workers[i].seconds = seconds;
    pthread_create(&workers[i].thread, NULL, work, &workers[i]);
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(workers[i].thread, NULL);
    rate += (double)workers[i].done / workers[i].took;
  }
  return rate;
}

static double measure(check_fn check, int threads, double seconds)
{
  double best = 0;
  for (int i = 0; i < SLICES; i++) {
    double rate = measure_slice(check, threads, seconds / SLICES);
    best = rate > best ? rate : best;
  }
  return best;
}

typedef struct line {
  const char *name;
  check_fn check;
  int yardstick; /* 1: ratios below are to this one */
} line;

/* Returns the last line's rate with one thread. */
static double run(const line *lines, double seconds)
{
  double yardstick = 0, last = 0;
  for (; lines->name; lines++) {
    (void)measure(lines->check, 1, seconds / 10); /* warm up */
    double one = last = measure(lines->check, 1, seconds);
    double two = measure(lines->check, 2, seconds);
    if (lines->yardstick)
      yardstick = one;
    printf("%-24s %12.0f %12.0f %8.2f", lines->name, one, two, two / one);
    if (yardstick > 0)
      printf(" %10.2f", one / yardstick);
    printf("\n");
  }
  return last;
}

/* --- setting up --- */

static void must(int good, const char *what, const dh_error *error)
{
  if (good)
    return;
  fprintf(stderr, "verify: %s: %s\n", what, error ? error->message : "failed");
  exit(EXIT_FAILURE);
}

static char *bearer(const char *token)
{
  char *header = malloc(strlen(token) + 8);
  must(header != NULL, "memory", NULL);
  sprintf(header, "Bearer %s", token);
  return header;
}

static char *copy(dh_secret *secret)
{
  char *text = strdup(dh_secret_bytes(secret, NULL));
  dh_secret_free(secret);
  return text;
}

static char *pem_of(EVP_PKEY *key, int private_half, size_t *size)
{
  char *bytes;
  BIO *bio = BIO_new(BIO_s_mem());
  if (private_half)
    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
  else
    PEM_write_bio_PUBKEY(bio, key);
  *size = (size_t)BIO_get_mem_data(bio, &bytes);
  char *pem = strndup(bytes, *size);
  BIO_free(bio);
  return pem;
}

static void make_tokens(dh_context *context)
{
  dh_error error;
  size_t size;
  unsigned mac_size;
  char payload[512];
  long long later = (long long)time(NULL) + 86400;
  dh_secret *key = dh_secret_new(context, SIGNING_KEY, strlen(SIGNING_KEY));
  const dh_pat_claims claims = {.struct_size = sizeof(claims),
                                .type = "PERSONAL",
                                .version = "2",
                                .actor_type = "USER",
                                .actor_id = "datahub",
                                .expires_at_ms = later * 1000};
  dh_secret *pat = dh_pat_mint(context, key, &claims, &error);
  must(pat != NULL, "minting a PAT", &error);
  b.pat = copy(pat);
  dh_secret_free(key);
  HMAC(EVP_sha256(), SIGNING_KEY, strlen(SIGNING_KEY), (const unsigned char *)b.pat,
       input_size(b.pat), b.mac, &mac_size);

  b.rsa = EVP_RSA_gen(2048);
  char *private_pem = pem_of(b.rsa, 1, &size);
  b.public_pem = pem_of(b.rsa, 0, &b.public_size);
  dh_keys *keys = dh_keys_new(&error);
  must(dh_keys_add_pem(keys, private_pem, size, NULL, "RS256", &error) == DH_OK, "a key", &error);
  snprintf(payload, sizeof(payload),
           "{\"iss\":\"" ISSUER "\",\"sub\":\"jdoe\",\"aud\":\"datahub\",\"iat\":%lld,\"exp\":%lld,"
           "\"jti\":\"b1946ac9-2492-4d23-a3b0-4a7f1c0f5e11\"}",
           later - 86400, later);
  dh_secret *rs256 =
      dh_token_sign(context, keys, NULL, "RS256", "JWT", payload, strlen(payload), &error);
  must(rs256 != NULL, "signing", &error);
  b.rs256 = copy(rs256);
  dh_keys_unref(keys);
  free(private_pem);

  EVP_MD_CTX *sign = EVP_MD_CTX_new();
  size = sizeof(b.signature);
  must(EVP_DigestSignInit_ex(sign, NULL, "SHA256", NULL, NULL, b.rsa, NULL) == 1 &&
           EVP_DigestSign(sign, b.signature, &size, (const unsigned char *)b.rs256,
                          input_size(b.rs256)) == 1,
       "OpenSSL's signature", NULL);
  EVP_MD_CTX_free(sign);
  b.pat_header = bearer(b.pat);
  b.rs_header = bearer(b.rs256);
}

static dh_verifier *open_verifier(dh_context *context, const char *plugin, const char *config,
                                  int entries)
{
  char text[1024];
  dh_error error;
  snprintf(text, sizeof(text),
           "stack = ({ control = \"required\"; plugin = \"%s\"; config = { %s }; });\n"
           "cache = { max_entries = %d; };",
           plugin, config, entries);
  dh_config *tree =
      dh_config_parse(context, DH_CONFIG_LIBCONFIG, text, strlen(text), "bench", &error);
  must(tree != NULL, "the configuration", &error);
  dh_verifier *verifier = dh_verifier_open(context, tree, &error);
  must(verifier != NULL, plugin, &error);
  dh_config_free(tree);
  return verifier;
}

static void open_verifiers(dh_context *context)
{
  static const char pat[] = "signing_key = \"" SIGNING_KEY "\";";
  char name[] = "/tmp/dh-bench-XXXXXX", jwt[512];
  int fd = mkstemp(name);
  must(fd >= 0 && write(fd, b.public_pem, b.public_size) == (ssize_t)b.public_size, name, NULL);
  close(fd);
  snprintf(jwt, sizeof(jwt),
           "issuers = (\"" ISSUER "\"); audiences = (\"datahub\"); jwks_file = \"%s\";", name);
  b.cold = open_verifier(context, "pat", pat, 0);
  b.cached = open_verifier(context, "pat", pat, 1000);
  b.rs_cold = open_verifier(context, "jwt", jwt, 0);
  b.rs_cached = open_verifier(context, "jwt", jwt, 1000);
  unlink(name);
}

int main(int argc, char **argv)
{
  static const line pat_lines[] = {
      {"OpenSSL, bare HMAC", bare_hmac, 0},
#ifdef HAVE_LIBJWT
      {"libjwt, PAT", libjwt_pat, 1},
#endif
      {"libdatahub, PAT cold", our_pat_cold, 0},
      {"libdatahub, PAT cached", our_pat_cached, 0},
      {NULL, NULL, 0},
  };
  static const line rs_lines[] = {
      {"OpenSSL, bare RSA", bare_rsa, 0},
#ifdef HAVE_LIBJWT
      {"libjwt, RS256", libjwt_rs256, 1},
#endif
      {"libdatahub, RS256 cold", our_rs256_cold, 0},
      {"libdatahub, RS256 cached", our_rs256_cached, 0},
      {NULL, NULL, 0},
  };
  double seconds = argc > 1 ? atof(argv[1]) : 1;
  if (argc > 2 && !strcmp(argv[2], "cpu"))
    measure_by = CLOCK_THREAD_CPUTIME_ID;
  dh_error error;
  dh_context *context = dh_context_new(NULL, &error);
  must(context != NULL, "the context", &error);
  make_tokens(context);
  open_verifiers(context);
  printf("%-24s %12s %12s %8s %10s\n", "checks a second", "1 thread", "2 threads", "ratio",
         "to libjwt");
  double pat = run(pat_lines, seconds), rs256 = run(rs_lines, seconds);
  printf("RS256 cached to PAT cached: %.2f\n", rs256 / pat);
  dh_verifier_close(b.cold);
  dh_verifier_close(b.cached);
  dh_verifier_close(b.rs_cold);
  dh_verifier_close(b.rs_cached);
  dh_context_free(context);
  EVP_PKEY_free(b.rsa);
  free(b.public_pem);
  free(b.pat);
  free(b.pat_header);
  free(b.rs256);
  free(b.rs_header);
  return EXIT_SUCCESS;
}
