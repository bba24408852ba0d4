/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file token.h
 * JWS, JWK sets and DataHub's personal access tokens.
 */
#ifndef DATAHUB_TOKEN_H
#define DATAHUB_TOKEN_H

#include <datahub/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- keys ----------------------------------------------------------------- */

/**
 * A set of keys. Filled by one thread, then read-only and shared by reference.
 * Accepted: HMAC secrets, RSA of 2048 to 16384 bits, EC on P-256, P-384 and P-521 (the
 * point is checked), Ed25519 and Ed448.
 */
typedef struct dh_keys dh_keys;

/** An empty set. NULL and `error`: DH_NO_MEMORY. */
DH_API dh_keys *dh_keys_new(dh_error *error);
/** Another reference. Thread-safe. */
DH_API dh_keys *dh_keys_ref(dh_keys *keys);
/** Drops a reference; the last one wipes and frees. NULL is accepted. Thread-safe. */
DH_API void dh_keys_unref(dh_keys *keys);
/** How many keys it holds. */
DH_API size_t dh_keys_count(const dh_keys *keys);

/**
 * Adds a shared secret for HMAC.
 * @param kid  under which tokens name it, or NULL: it is tried on any token.
 * @param alg  the only algorithm that it may be used with ("HS256"), or NULL: any of its kind.
 * @returns DH_OK; DH_MISCONFIGURED (no bytes; an algorithm of another kind, or none),
 *          DH_NO_MEMORY, DH_INTERNAL.
 */
DH_API dh_status dh_keys_add_secret(dh_keys *keys, const void *bytes, size_t size, const char *kid,
                                    const char *alg, dh_error *error);

/**
 * Adds a PEM public key, private key without a passphrase, or certificate (of which the
 * key is taken and nothing else looked at). `kid` and `alg` as above.
 * @returns DH_OK; DH_MALFORMED (none of these), DH_MISCONFIGURED (a key that must not be used:
 *          too short, another curve, another algorithm), DH_NO_MEMORY.
 */
DH_API dh_status dh_keys_add_pem(dh_keys *keys, const char *pem, size_t size, const char *kid,
                                 const char *alg, dh_error *error);

/**
 * Adds a JWK, or the keys of a JWK set (RFC 7517). `use`, `key_ops`, `alg` and `kid` are
 * honoured; `x5u` and its kin are never followed.
 * @param skipped  how many keys of a set were passed over since they cannot be used; may be
 *                 NULL. A single JWK that cannot be used is an error.
 * @returns as dh_keys_add_pem().
 */
DH_API dh_status dh_keys_add_jwks(dh_keys *keys, const char *json, size_t size, size_t *skipped,
                                  dh_error *error);

/* --- checking ------------------------------------------------------------- */

/** Rules and keys, made before any token is seen. Read-only: safe from many threads. */
typedef struct dh_checker dh_checker;

/** A token without `exp` is refused. */
#define DH_CHECKER_EXPIRY 0x1u
/** Only the signature is checked: the payload may be anything. */
#define DH_CHECKER_ANY_PAYLOAD 0x2u

/** Lists end with NULL; a NULL list asks for nothing. All is copied. */
typedef struct dh_checker_options {
  uint32_t struct_size;
  const char *const *algorithms;   /**< those allowed, by exact name; required */
  const char *const *issuers;      /**< `iss` must be one of these */
  const char *const *audiences;    /**< `aud` must be or hold one of these */
  const char *const *required;     /**< claims that must be there */
  const char *const *claim_names;  /**< claims that must be, or hold, ... */
  const char *const *claim_values; /**< ... the value at the same place */
  int64_t leeway_ms;               /**< by how much clocks may differ */
  uint32_t flags;                  /**< DH_CHECKER_... */
} dh_checker_options;

/**
 * Makes a checker.
 * @param keys  a reference is kept.
 * @returns the checker, freed with dh_checker_free(), or NULL and `error`: DH_MISCONFIGURED
 *          (an unknown algorithm, none), DH_NO_MEMORY.
 */
DH_API dh_checker *dh_checker_new(dh_keys *keys, const dh_checker_options *options,
                                  dh_error *error);
/** No check may be under way. NULL is accepted. */
DH_API void dh_checker_free(dh_checker *checker);

/** A token that was decoded. */
typedef struct dh_token dh_token;

/**
 * Checks a token: strict JWS compact form, an allowed algorithm, a key that fits it, the
 * signature, the claims. Keys and algorithm are the checker's; the token's header only
 * narrows them. An extension (`crit`, `b64`), a duplicate member, a date that is no whole
 * number of seconds are refused.
 * @param now_ms  wall ms; 0: the system's clock.
 * @param out     on DH_OK the token, freed with dh_token_free(); else NULL. May be NULL.
 * @returns DH_OK; DH_MALFORMED, DH_DENIED (algorithm, key, signature, issuer, audience, a
 *          required claim, not valid yet), DH_EXPIRED, DH_NO_MEMORY.
 * Thread-safe.
 */
DH_API dh_status dh_checker_check(const dh_checker *checker, const char *text, size_t size,
                                  int64_t now_ms, dh_token **out, dh_error *error);

/**
 * Decodes a token without checking anything but its form: to show it, never to trust it.
 * @returns the token, freed with dh_token_free(), or NULL and `error` (DH_MALFORMED,
 *          DH_NO_MEMORY).
 */
DH_API dh_token *dh_token_decode(const char *text, size_t size, dh_error *error);
/** NULL is accepted. */
DH_API void dh_token_free(dh_token *token);
/** The header's JSON. Valid while the token is. */
DH_API const char *dh_token_header(const dh_token *token);
/** The payload, NUL-terminated for convenience; `size` may be NULL. */
DH_API const char *dh_token_payload(const dh_token *token, size_t *size);
/** A claim that is a string, unescaped, valid until the next call; NULL for any other. */
DH_API const char *dh_token_claim(dh_token *token, const char *name);
/** When it ends, wall ms, a checker's leeway included; 0: never, or not said. */
DH_API int64_t dh_token_expiry(const dh_token *token);

/* --- signing -------------------------------------------------------------- */

/**
 * Signs a payload and returns the JWS compact form. The header holds `alg`, the key's `kid`
 * and `typ` where they are there.
 * @param kid  which key of the set; NULL: the first that can sign with `alg`.
 * @param typ  "JWT", or NULL.
 * @returns the token, freed with dh_secret_free(), or NULL and `error`: DH_MISCONFIGURED
 *          (no such algorithm, no key that can), DH_INTERNAL, DH_NO_MEMORY. Thread-safe.
 */
DH_API dh_secret *dh_token_sign(dh_context *context, const dh_keys *keys, const char *kid,
                                const char *alg, const char *typ, const void *payload, size_t size,
                                dh_error *error);

/* --- personal access tokens ---------------------------------------------- */

/** Room for the id of a version 2 PAT: 44 characters and a NUL. */
#define DH_PAT_ID_SIZE 45

/**
 * The id under which DataHub keeps a version 2 PAT: base64(sha256(token || salt)), in the
 * standard alphabet with padding; `urn:li:dataHubAccessToken:ID` names its entity.
 * @param salt  as configured at the issuer (DATAHUB_TOKEN_SERVICE_SALT); "" for none.
 * @param out   the id; empty on an error.
 * @returns DH_OK; DH_INTERNAL where OpenSSL fails, DH_NO_MEMORY. Thread-safe.
 */
DH_API dh_status dh_pat_id(const char *token, size_t token_size, const char *salt,
                           char out[DH_PAT_ID_SIZE], dh_error *error);

/** What a PAT says. All strings are borrowed by the call that takes it. */
typedef struct dh_pat_claims {
  uint32_t struct_size;
  const char *type;       /**< "PERSONAL", "SESSION", "SERVICE_ACCOUNT" */
  const char *version;    /**< "1", "2" */
  const char *actor_type; /**< "USER" */
  const char *actor_id;   /**< the URN's last part: "datahub" */
  const char *jti;        /**< a UUID; NULL when minting: made at random */
  const char *issuer;     /**< NULL: "datahub-metadata-service" */
  int64_t expires_at_ms;  /**< wall ms, whole seconds; 0: no expiry */
} dh_pat_claims;

/**
 * Mints a PAT, signed HS256 with the UTF-8 bytes of `signing_key`.
 * @returns the token, freed with dh_secret_free(), or NULL and `error`: DH_MISCONFIGURED
 *          (an empty key, a claim that is missing or cannot be), DH_NO_MEMORY, DH_INTERNAL.
 * Thread-safe.
 */
DH_API dh_secret *dh_pat_mint(dh_context *context, const dh_secret *signing_key,
                              const dh_pat_claims *claims, dh_error *error);

/* --- the table of issued tokens ------------------------------------------ */

/**
 * An SQLite file that lists the version 2 PATs that were issued, shared by who issues
 * them and by the verifiers that look them up; several processes may have it open. It
 * never holds a token, only ids. Its tables:
 *   tokens(id TEXT PRIMARY KEY, name TEXT, description TEXT, type TEXT, actor_urn TEXT,
 *          owner_urn TEXT, created_at INTEGER, expires_at INTEGER, revoked_at INTEGER)
 *   actors(urn TEXT PRIMARY KEY, active INTEGER)
 * with times in wall ms, NULL for never, and `PRAGMA user_version` 1. Thread-safe.
 */
typedef struct dh_pat_store dh_pat_store;

/** dh_pat_store_open(): make the file and its tables where they are not there. */
#define DH_PAT_STORE_CREATE 0x1u

/** dh_pat_store_open(), dh_pat_store_check(): where another program or thread has the file or the
 *  store locked, do not wait for it but return DH_UNAVAILABLE at once. */
#define DH_PAT_STORE_NOW 0x4u

/**
 * Opens the table. ":memory:" is one that only this object sees.
 * @returns the store, closed with dh_pat_store_close(), or NULL and `error`:
 *          DH_UNAVAILABLE (cannot be opened), DH_MISCONFIGURED (another kind of file, a newer
 *          version of the tables), DH_NO_MEMORY.
 */
DH_API dh_pat_store *dh_pat_store_open(const char *path, unsigned flags, dh_error *error);
/** No call may be under way. NULL is accepted. */
DH_API void dh_pat_store_close(dh_pat_store *store);

/** One issued token. */
typedef struct dh_pat_record {
  uint32_t struct_size;
  const char *id; /**< as dh_pat_id() made it */
  const char *name;
  const char *description; /**< or NULL */
  const char *type;        /**< "PERSONAL", "SERVICE_ACCOUNT" */
  const char *actor_urn;   /**< whom it acts as */
  const char *owner_urn;   /**< who asked for it */
  int64_t created_at_ms;
  int64_t expires_at_ms; /**< 0: never */
  int64_t revoked_at_ms; /**< 0: it holds */
} dh_pat_record;

/** Adds a token. DH_DENIED where the id is there already; DH_UNAVAILABLE where the file
 *  cannot be written now. */
DH_API dh_status dh_pat_store_insert(dh_pat_store *store, const dh_pat_record *record,
                                     dh_error *error);

/** Receives a record, valid until it returns; what is not 0 ends the listing. */
typedef int (*dh_pat_record_fn)(void *arg, const dh_pat_record *record);

/** Which tokens dh_pat_store_list() shows. NULL and 0 leave a restriction out. */
typedef struct dh_pat_filter {
  uint32_t struct_size;
  const char *owner_urn;
  const char *actor_urn;
  int with_revoked; /**< non-zero: revoked ones too */
  size_t start;     /**< skip so many */
  size_t count;     /**< show at most so many; 0: all */
} dh_pat_filter;

/**
 * Lists tokens, the latest to expire first (those that never do before all).
 * @param filter  NULL: all that are not revoked.
 * @param total   how many there are whatever `start` and `count` say; may be NULL.
 * `each` runs with the store locked: it must not call the store.
 */
DH_API dh_status dh_pat_store_list(dh_pat_store *store, const dh_pat_filter *filter,
                                   dh_pat_record_fn each, void *arg, size_t *total,
                                   dh_error *error);

/** Calls `each` once with the token of that id, revoked or not. DH_DENIED: none. */
DH_API dh_status dh_pat_store_get(dh_pat_store *store, const char *id, dh_pat_record_fn each,
                                  void *arg, dh_error *error);

/** Withdraws a token as of `now_ms`. DH_DENIED: none of that id; DH_REVOKED: it was. */
DH_API dh_status dh_pat_store_revoke(dh_pat_store *store, const char *id, int64_t now_ms,
                                     dh_error *error);

/** Records whether an actor is active; adds it where it is not there. */
DH_API dh_status dh_pat_store_set_actor(dh_pat_store *store, const char *urn, int active,
                                        dh_error *error);

/** dh_pat_store_check(): an actor that the table does not know is refused too. */
#define DH_PAT_STORE_KNOWN_ACTORS 0x2u

/**
 * Whether a token may be used, as a verifier asks.
 * @param id  NULL: a version 1 token, of which only the actor is looked at.
 * @returns DH_OK; DH_REVOKED (revoked, or not in the table, which DataHub does not tell
 *          apart); DH_DENIED (the actor is not active, is unknown, or is another one than
 *          the token was issued for); DH_UNAVAILABLE (the file cannot be read now, or is
 *          locked: for 2 s, which are waited, or with DH_PAT_STORE_NOW at this moment).
 */
DH_API dh_status dh_pat_store_check(dh_pat_store *store, const char *id, const char *actor_urn,
                                    unsigned flags, dh_error *error);

#ifdef __cplusplus
}
#endif

#endif
