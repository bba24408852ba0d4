/* SPDX-License-Identifier: Apache-2.0 */
#include "support/certs.h"
#include "support/tmpdir.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400L

static void must(int good, const char *what)
{
  if (good)
    return;
  fprintf(stderr, "test support: cannot make a certificate: %s\n", what);
  abort();
}

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  must(extension && X509_add_ext(cert, extension, -1), value);
  X509_EXTENSION_free(extension);
}

/* A certificate that holds from `from` to `to`, in seconds from now; signed by itself where
 * `issuer` is NULL. */
static X509 *make(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, long from,
                  long to, const char *alternatives)
{
  static long serial;
  X509 *cert = X509_new();
  must(cert != NULL, "memory");
  X509_set_version(cert, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(cert), from);
  X509_gmtime_adj(X509_getm_notAfter(cert), to);
  X509_set_pubkey(cert, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                             (const unsigned char *)name, -1, -1, 0);
  X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert));
  extend(cert, issuer ? issuer : cert, NID_basic_constraints,
         issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
  extend(cert, issuer ? issuer : cert, NID_subject_key_identifier, "hash");
  if (!issuer)
    extend(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign");
  if (alternatives)
    extend(cert, issuer, NID_subject_alt_name, alternatives);
  must(X509_sign(cert, issuer_key ? issuer_key : key, EVP_sha256()), "signing");
  return cert;
}

static void save(const char *dir, const char *name, X509 *cert, EVP_PKEY *key)
{
  char file[64];
  snprintf(file, sizeof(file), "%s.pem", name);
  char *path = test_path(dir, file);
  FILE *out = fopen(path, "w");
  must(out && PEM_write_X509(out, cert) && !fclose(out), path);
  free(path);
  if (!key)
    return;
  snprintf(file, sizeof(file), "%s.key", name);
  path = test_path(dir, file);
  out = fopen(path, "w");
  must(out && PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) && !fclose(out), path);
  free(path);
}

static void issue(const char *dir, const char *name, X509 *ca, EVP_PKEY *ca_key, long from, long to,
                  const char *alternatives)
{
  EVP_PKEY *key = EVP_EC_gen("P-256");
  must(key != NULL, "key");
  X509 *cert = make(name, key, ca, ca_key, from, to, alternatives);
  save(dir, name, cert, key);
  X509_free(cert);
  EVP_PKEY_free(key);
}

void test_certs_make(const char *dir)
{
  static const char here[] = "IP:127.0.0.1,IP:::1,DNS:localhost";
  EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *other_key = EVP_EC_gen("P-256");
  must(ca_key && other_key, "key");
  X509 *ca = make("Test authority", ca_key, NULL, NULL, -400 * DAY, 400 * DAY, NULL);
  X509 *other = make("Unknown authority", other_key, NULL, NULL, -400 * DAY, 400 * DAY, NULL);
  save(dir, "ca", ca, NULL);
  issue(dir, "good", ca, ca_key, -DAY, DAY, here);
  issue(dir, "wrong-name", ca, ca_key, -DAY, DAY, "DNS:other.example.com");
  issue(dir, "expired", ca, ca_key, -380 * DAY, -365 * DAY, here);
  issue(dir, "client", ca, ca_key, -DAY, DAY, NULL);
  issue(dir, "stranger", other, other_key, -DAY, DAY, here);
  X509_free(ca);
  X509_free(other);
  EVP_PKEY_free(ca_key);
  EVP_PKEY_free(other_key);
}
