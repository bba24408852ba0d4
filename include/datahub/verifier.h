/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file verifier.h
 * The server's end: a stack of verifier modules that checks a credential.
 */
#ifndef DATAHUB_VERIFIER_H
#define DATAHUB_VERIFIER_H

#include <datahub/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Thread-safe. */
typedef struct dh_verifier dh_verifier;

/**
 * Opens a verifier.
 * @param config  a map: `stack` is the list of entries (control, plugin, config,
 *                include), `stacks` a map of named lists for `include`, `cache` a map of
 *                `max_entries` (100000), `revocation_delay` (5s), `negative_ttl` (5s).
 * @returns the verifier, closed with dh_verifier_close(), or NULL and `error`.
 */
DH_API dh_verifier *dh_verifier_open(dh_context *context, const dh_config *config, dh_error *error);

/**
 * Checks the value of an Authorization header.
 * @param authorization  "Bearer ..."; NULL or empty: DH_DENIED, none was presented.
 * @param out   on DH_OK the principal, dropped with dh_principal_unref(); may be shared
 *              with other callers. NULL on anything else.
 * @param error for the operator's log; what a caller is told must be no more than that
 *              the credential was refused.
 * @returns DH_OK; DH_DENIED, DH_EXPIRED, DH_REVOKED, DH_MALFORMED: refuse (401);
 *          DH_UNAVAILABLE, DH_TIMEOUT, DH_NO_MEMORY, DH_INTERNAL, DH_MISCONFIGURED: it
 *          could not be decided (503).
 */
DH_API dh_status dh_verifier_check(dh_verifier *verifier, const char *authorization,
                                   dh_principal **out, dh_error *error);

/**
 * The same of what is already known, for a caller that must not wait (an event loop): no
 * module is asked, so no issuer, GMS or store is waited for, and nothing is computed but a hash.
 *
 *     dh_status status = dh_verifier_check_cached(verifier, header, &who, &error);
 *     if (status == DH_IGNORE)
 *       hand_to_a_worker(header); // which calls dh_verifier_check()
 *
 * @returns DH_IGNORE: it takes dh_verifier_check() to tell, which might wait; `*out` is NULL,
 *          `error` cleared, and nothing counted in the statistics. dh_verifier_check() itself
 *          never returns DH_IGNORE. Anything else is what dh_verifier_check() would return
 *          now: DH_OK, or a refusal that is remembered; DH_DENIED where no credential was
 *          presented; DH_MALFORMED where the value is no header.
 */
DH_API dh_status dh_verifier_check_cached(dh_verifier *verifier, const char *authorization,
                                          dh_principal **out, dh_error *error);

/**
 * The same as far as it can be decided without waiting: what is known, then the stack, whose
 * modules compute but ask no issuer and no GMS, and wait for no lock. For a thread that serves
 * many: one slow issuer does not hold up those whose tokens it did not make.
 * @returns DH_IGNORE: a module would have to wait, or does not say whether it would; `*out` is
 *          NULL, `error` cleared, and nothing counted. Ask dh_verifier_check(). Anything else
 *          is what that would return.
 */
DH_API dh_status dh_verifier_check_now(dh_verifier *verifier, const char *authorization,
                                       dh_principal **out, dh_error *error);

/**
 * Whether checks can be decided: each module that can tell has what it needs (an issuer's
 * keys, a token store that can be read). Waits for nothing.
 * @returns DH_OK, or the first fault: DH_UNAVAILABLE, DH_TIMEOUT (the keys are on their way),
 *          DH_MISCONFIGURED and what else a check would return.
 */
DH_API dh_status dh_verifier_ready(dh_verifier *verifier, dh_error *error);

/** Takes a new configuration, the cache's included, without dropping a check under way; on an
 *  error the old one stays (DH_NO_MEMORY may come of one that was taken in part: the message
 *  says which). What was cached under the old one is void. */
DH_API dh_status dh_verifier_reload(dh_verifier *verifier, const dh_config *config,
                                    dh_error *error);

/** Forgets all cached results at once. */
DH_API void dh_verifier_forget(dh_verifier *verifier);

typedef struct dh_verifier_stats {
  uint32_t struct_size; /**< set by the caller */
  uint64_t checks, hits, negative_hits, accepted, refused, undecided, entries;
} dh_verifier_stats;
DH_API void dh_verifier_get_stats(dh_verifier *verifier, dh_verifier_stats *stats);

/** No check may be under way. NULL is accepted. */
DH_API void dh_verifier_close(dh_verifier *verifier);

DH_API dh_principal *dh_principal_ref(dh_principal *principal);
DH_API void dh_principal_unref(dh_principal *principal);
/** A text field, or NULL. Valid while referenced. AUDIENCE: the first one. */
DH_API const char *dh_principal_text(const dh_principal *principal, dh_principal_field field);
/** The audience at `index`, or NULL past the end. */
DH_API const char *dh_principal_audience(const dh_principal *principal, size_t index);
/** Wall ms; 0: never. */
DH_API int64_t dh_principal_expiry(const dh_principal *principal);

#ifdef __cplusplus
}
#endif

#endif
