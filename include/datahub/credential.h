/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file credential.h
 * The client's end: a stack of credential modules, and the credential's life.
 */
#ifndef DATAHUB_CREDENTIAL_H
#define DATAHUB_CREDENTIAL_H

#include <datahub/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The server that a client talks to: `server` of the sink's `config` map (may be NULL), else
 * DATAHUB_GMS_HOST with DATAHUB_GMS_PORT, DATAHUB_GMS_URL, `gms.server` of ~/.datahubenv.
 * Without slashes at its end; a bare https://NAME.acryl.io gets "/gms".
 * @returns the URL, which the caller frees, or NULL and `error`: DH_MISCONFIGURED (none is
 *          named, or it is no absolute http or https URL; the message says who named it), what
 *          dh_config_load() says of a ~/.datahubenv that would have to name it, DH_NO_MEMORY.
 *          Thread-safe, as long as no thread changes the environment.
 */
DH_API char *dh_server_of(dh_context *context, const dh_config *sink, dh_error *error);

/** A stack with its cache. Thread-safe. */
typedef struct dh_credentials dh_credentials;

/**
 * Opens the credential stack of a sink.
 * @param sink    the sink's `config` map, in which `token` or `auth` (never both) is
 *                looked for: `token` is the static module with that token; `auth` is a
 *                list of stack entries (`include` names lists of the map `stacks` beside
 *                it; an empty list: no credential), or the Python sink's map {type, config};
 *                `require_tls` refuses a server over plain HTTP other than this host;
 *                `auth_cache` shares the credential with this user's other processes. NULL or
 *                neither: as the Python client does, DATAHUB_AUTH_TYPE (only where the
 *                origin is that of DATAHUB_GMS_URL; without it and without `server` in `sink`,
 *                that of ~/.datahubenv), DATAHUB_GMS_TOKEN (unless DATAHUB_GMS_URL is
 *                another server), the system client, ~/.datahubenv (where its gms.server is this
 *                server); and where none of them is there, no credential.
 * @param server  the URL that it is for; the credential is bound to its origin.
 * @returns the stack, closed with dh_credentials_close(), or NULL and `error`.
 */
DH_API dh_credentials *dh_credentials_open(dh_context *context, const dh_config *sink,
                                           const char *server, dh_error *error);

/**
 * The credential to use now: the cached one while it is good, else a new one. One
 * acquisition runs at a time however many threads wait. Blocks at most until
 * `timeout_ms` (of real time; negative: as long as it takes) has passed; the acquisition
 * goes on for whoever asks next. After a failed one its error is told again, without
 * asking the source, until `error->retry_after_ms` has passed.
 * @param out  on DH_OK a reference, dropped with dh_credential_unref(); NULL where the
 *             stack is empty on purpose (a server without authentication).
 * @returns DH_OK; what the stack came to; DH_TIMEOUT with `error->retry_after_ms` -1 where
 *          the source is still being asked when the time is up.
 */
DH_API dh_status dh_credentials_get(dh_credentials *credentials, int64_t timeout_ms,
                                    dh_credential **out, dh_error *error);

/**
 * The same without ever blocking, for an event loop.
 * @param ready  called once, from another thread, when an acquisition that this call
 *               started or joined has ended, well or not: then try again. It must neither
 *               block nor close `credentials`. Asked for twice with the same `arg` before
 *               that, it is called once. NULL: the caller tries again by itself.
 * @returns DH_OK: `*out` is to be used now, as from dh_credentials_get().
 *          DH_IGNORE: none yet, and none was refused: it is being obtained, and `ready` will
 *          be called (`error` says the same). No stack comes to this result.
 *          Anything else: the last acquisition failed, and this is what the stack came to.
 *          `ready` will not be called; the source is not asked again before
 *          `error->retry_after_ms` (0 or more) has passed, and then by the next call.
 *          DH_NO_MEMORY, and DH_UNAVAILABLE where no thread could be started, are told so too.
 */
DH_API dh_status dh_credentials_try(dh_credentials *credentials, dh_credential **out,
                                    void (*ready)(void *arg), void *arg, dh_error *error);

/** The server answered 401 to it: the next get asks the modules anew. A credential
 *  whose value is no longer the cached one is ignored. Does not block. */
DH_API void dh_credentials_reject(dh_credentials *credentials, const dh_credential *rejected);

/** Calls `line` with each source that was considered, in order, and why it was or was
 *  not taken, in words. Never a secret. */
DH_API void dh_credentials_explain(dh_credentials *credentials,
                                   void (*line)(void *arg, const char *text), void *arg);

/** Waits for background work, wipes, frees. NULL is accepted. */
DH_API void dh_credentials_close(dh_credentials *credentials);

DH_API dh_credential *dh_credential_ref(dh_credential *credential);
/** The last one wipes. NULL is accepted. */
DH_API void dh_credential_unref(dh_credential *credential);
/** "Bearer". Valid while referenced. */
DH_API const char *dh_credential_scheme(const dh_credential *credential);
/** The secret after the scheme, borrowed. */
DH_API const dh_secret *dh_credential_value(const dh_credential *credential);
/** Wall ms, 0 where unknown. */
DH_API int64_t dh_credential_expiry(const dh_credential *credential);
/** RFC 8693 token type URN, or NULL. */
DH_API const char *dh_credential_token_type(const dh_credential *credential);
/** Where it came from, in words. */
DH_API const char *dh_credential_origin(const dh_credential *credential);

/**
 * Says in words what a client can know of a credential that was answered 401: that none was
 * sent and how to give one; that it is a JWT whose own `exp` is past (RFC 7519, 4.1.4), and
 * since when; that its issuer is not DataHub. Its claims are read unchecked. Never a secret.
 * @param credential  what was sent; NULL: nothing.
 * @param now_ms      wall ms.
 * @param out         gets at most `size` bytes, NUL included; may be NULL where `size` is 0.
 * @returns how many bytes the whole text has, as snprintf(). Thread-safe.
 */
DH_API size_t dh_credential_explain_refusal(const dh_credential *credential, int64_t now_ms,
                                            char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
