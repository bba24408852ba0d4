/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file plugin.h
 * The module ABI of libdatahub: everything an author of a loadable module needs.
 *
 * A module is a shared object that exports one symbol, dh_plugin_entry(), and
 * links against nothing of ours: whatever it needs from the program that loads
 * it comes through the table of functions in `dh_host`. This header includes no
 * other header of ours and is valid C11 and C++17.
 *
 * A module fills one or more of three roles:
 *  - credential: obtains the credential that a client sends to DataHub;
 *  - verifier:   checks a credential that was presented to a server;
 *  - sink:       takes batches of metadata records to where they belong.
 *
 * Conventions
 *  - Strings are UTF-8. A `const char *` without a length is NUL-terminated.
 *  - Times are milliseconds in int64_t; wall times count from 1970-01-01 UTC.
 *  - What a function returns is owned by the host and lives as its comment says.
 *  - Structures carry `struct_size` and grow only at their end. A reader looks
 *    no further than the smaller of the writer's `struct_size` and its own.
 *  - No secret may be put into an error, a log line or an option's help.
 *
 * Threads
 *  - `open` and `close` of one instance are never concurrent with anything else
 *    on that instance.
 *  - `acquire` and `invalidate` are never called at once on one instance.
 *  - `verify` is called from many threads at once.
 *  - `submit`, `flush` and `poll` come from one thread and must not block it.
 *  - Host services may be called from any thread.
 */
#ifndef DATAHUB_PLUGIN_H
#define DATAHUB_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- version ------------------------------------------------------------- */

#define DH_ABI_MAJOR 1u
#define DH_ABI_MINOR 0u
/** Packs a major and a minor version (each 0..65535) into one number. */
#define DH_ABI_MAKE(major, minor) (((uint32_t)(major) << 16) | ((uint32_t)(minor)&0xffffu))
#define DH_ABI_GET_MAJOR(abi) ((uint32_t)(abi) >> 16)
#define DH_ABI_GET_MINOR(abi) ((uint32_t)(abi)&0xffffu)
/** The version that this header describes. */
#define DH_ABI DH_ABI_MAKE(DH_ABI_MAJOR, DH_ABI_MINOR)

/** Marks the one symbol that a module exports. */
#if defined(__GNUC__) || defined(__clang__)
#define DH_PLUGIN_EXPORT __attribute__((visibility("default")))
#define DH_PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define DH_PLUGIN_EXPORT
#define DH_PRINTF_LIKE(fmt, first)
#endif

/** True where the structure behind `ptr` is new enough to have `member`. */
#define DH_HAS(ptr, type, member)                                                                  \
  ((ptr)->struct_size >= offsetof(type, member) + sizeof((ptr)->member))

/* --- results ------------------------------------------------------------- */

/**
 * The result of every call in this ABI. A stack maps each to an action, so a
 * module says what happened and leaves to the administrator what follows.
 */
typedef enum dh_status {
  DH_OK = 0,            /**< done */
  DH_IGNORE = 1,        /**< nothing to say: not mine, not configured here */
  DH_UNAVAILABLE = 2,   /**< the source is absent or cannot be reached now */
  DH_DENIED = 3,        /**< refused: bad signature, unknown actor, no privilege */
  DH_EXPIRED = 4,       /**< was good, its time has passed */
  DH_REVOKED = 5,       /**< was good, has been withdrawn */
  DH_MALFORMED = 6,     /**< not readable as what it claims to be */
  DH_MISCONFIGURED = 7, /**< the configuration cannot work; a person must mend it */
  DH_TIMEOUT = 8,       /**< no answer in the time allowed */
  DH_NO_MEMORY = 9,     /**< out of memory */
  DH_INTERNAL = 10,     /**< a fault of this program */
  DH_STATUS_WIDTH_ = 0x7fffffff
} dh_status;

/** How many results there are: one more than the largest. */
#define DH_STATUS_COUNT 11

#define DH_ERROR_MESSAGE_SIZE 512

/**
 * What went wrong, in words for the person who must mend it. Owned by the
 * caller, set through `dh_host.fail`; a NULL pointer is accepted everywhere
 * and means that the caller does not want to know. Never holds a secret.
 */
typedef struct dh_error {
  dh_status status;
  int32_t http_status;    /**< of the answer that caused it, 0 where none did */
  int64_t retry_after_ms; /**< how long to wait before trying again, -1 unknown */
  char message[DH_ERROR_MESSAGE_SIZE];
} dh_error;

/* --- options ------------------------------------------------------------- */

/** What an option's value may be. The host checks it before `open`. */
typedef enum dh_option_type {
  DH_OPT_STRING = 1,
  DH_OPT_SECRET = 2,   /**< a string kept in locked memory, never shown */
  DH_OPT_INTEGER = 3,  /**< signed 64 bits, within `min` and `max` */
  DH_OPT_BOOLEAN = 4,  /**< true, false, yes, no, on, off, 1, 0 */
  DH_OPT_DURATION = 5, /**< "250ms", "30s", "5m", "2h", "7d"; a bare number is seconds */
  DH_OPT_SIZE = 6,     /**< "512", "64K", "15M", "2G": bytes, powers of 1024 */
  DH_OPT_PATH = 7,     /**< a file's path; a leading "~/" is the caller's home */
  DH_OPT_URL = 8,      /**< an absolute http or https URL */
  DH_OPT_ENUM = 9,     /**< one of `choices`, case-insensitive, read back as spelled there */
  DH_OPT_LIST = 10,    /**< strings; one string stands for a list of one */
  DH_OPT_MAP = 11,     /**< string keys with string values, in the order given */
  DH_OPT_WIDTH_ = 0x7fffffff
} dh_option_type;

/** The option must be given. */
#define DH_OPT_REQUIRED 0x1u
/** Accepted for compatibility; the host logs a warning with `help`. */
#define DH_OPT_DEPRECATED 0x2u
/** MAP only: the values are secrets in display (headers, passwords). */
#define DH_OPT_SENSITIVE 0x4u

/** One option that a module accepts. A table of them ends with a NULL name. */
typedef struct dh_option {
  const char *name; /**< letters, digits, '-', '_'; dots make a path of maps:
                         "connection.bootstrap" is `bootstrap` in `connection` */
  dh_option_type type;
  uint32_t flags;             /**< DH_OPT_REQUIRED ... */
  const char *default_value;  /**< in the text form of its type (of a LIST "a,b", of a MAP
                                   "k=v,l=w"), or NULL for none */
  const char *const *choices; /**< DH_OPT_ENUM: the values, ended by NULL */
  int64_t min, max;           /**< numbers: the range in base units; both 0: any */
  const char *help;           /**< one sentence for the administrator */
} dh_option;

/** The values of a module's options, checked. Read through the host. */
typedef struct dh_options dh_options;

/* --- opaque objects ------------------------------------------------------ */

/** Bytes in locked memory, wiped when freed. */
typedef struct dh_secret dh_secret;
/** What a client sends: a scheme, a secret, and how long it holds. */
typedef struct dh_credential dh_credential;
/** Who presented a credential, as a verifier found. */
typedef struct dh_principal dh_principal;
/** An answer to an HTTP request. */
typedef struct dh_http_response dh_http_response;
/** Records on their way to a sink. */
typedef struct dh_batch dh_batch;

/* --- HTTP ---------------------------------------------------------------- */

typedef struct dh_http_header {
  const char *name;
  const char *value;
} dh_http_header;

/** Retry transport errors, 429 and 5xx within `timeout_ms`. Idempotent requests only. */
#define DH_HTTP_RETRY 0x1u
/** Follow redirects that stay on the same origin. Others are never followed. */
#define DH_HTTP_FOLLOW 0x2u
/** Do not check the server's certificate. The host logs a warning. */
#define DH_HTTP_INSECURE 0x4u

/** One HTTP request. All pointers are borrowed until the call returns. */
typedef struct dh_http_request {
  uint32_t struct_size;
  uint32_t flags;     /**< DH_HTTP_... */
  const char *method; /**< NULL: GET without a body, POST with one */
  const char *url;    /**< absolute, http or https */
  const dh_http_header *headers;
  size_t header_count;
  const void *body; /**< NULL for none; wiped by the host where it copies it */
  size_t body_size;
  int64_t timeout_ms;    /**< of the whole request; 0: the host's default, 30 s */
  size_t max_body;       /**< of the answer, in bytes; 0: the host's default, 1 MiB */
  const char *ca_file;   /**< PEM file of trusted authorities, NULL: the system's */
  const char *cert_file; /**< client certificate, PEM, or NULL */
  const char *key_file;  /**< its key, PEM, or NULL */
  const char *proxy;     /**< URL of a proxy, "": none, NULL: as the environment says */
} dh_http_request;

/**
 * Receives an asynchronous answer, on the thread that calls the sink.
 * @param status    DH_OK where an answer came, whatever its HTTP status.
 * @param response  the answer, or NULL; freed by the host when this returns.
 * @param error     why there is none. With an answer of 401 its message is what is known of the
 *                  credential that was sent, or of none having been sent; else it is empty.
 */
typedef void (*dh_http_done)(void *arg, dh_status status, dh_http_response *response,
                             const dh_error *error);

/* --- records ------------------------------------------------------------- */

/** What a metadata change proposal asks for. */
typedef enum dh_change_type {
  DH_UPSERT = 0,
  DH_CREATE = 1,
  DH_CREATE_ENTITY = 2,
  DH_UPDATE = 3,
  DH_DELETE = 4,
  DH_PATCH = 5,
  DH_RESTATE = 6,
  DH_CHANGE_TYPE_WIDTH_ = 0x7fffffff
} dh_change_type;

/** Bytes that are not NUL-terminated. `ptr` is NULL where the field is absent. */
typedef struct dh_slice {
  const char *ptr;
  size_t len;
} dh_slice;

/**
 * One metadata change proposal (MCP), as a sink sees it. The bytes live until
 * the record's outcome has been reported.
 */
typedef struct dh_record {
  uint32_t struct_size;
  dh_change_type change_type;
  uint64_t sequence;        /**< counts up in the order of emission */
  dh_slice entity_type;     /**< "dataset" */
  dh_slice urn;             /**< unescaped */
  dh_slice aspect_name;     /**< "status" */
  dh_slice content_type;    /**< "application/json", or of PATCH "application/json-patch+json" */
  dh_slice proposal;        /**< the whole MCP as JSON in the form that GMS's Rest.li takes:
                                 optional members absent, the aspect's JSON as a string */
  dh_slice system_metadata; /**< its JSON object, or absent */
  dh_slice headers;         /**< its JSON object, or absent */
  uint32_t flags;           /**< DH_RECORD_... */
} dh_record;

/** The record asks to be written before it is answered (`emitModeMarker` sync). */
#define DH_RECORD_SYNC 0x1u

/** What became of one record. */
typedef enum dh_fate {
  DH_DELIVERED = 0,    /**< the other side has it */
  DH_RETRY = 1,        /**< not now: the host sends it again, in order */
  DH_REJECTED = 2,     /**< never: `error` says why */
  DH_TOO_LARGE = 3,    /**< never in this size */
  DH_SPLIT = 4,        /**< the batch was refused whole; the host finds the culprit */
  DH_UNAUTHORIZED = 5, /**< the credential was refused; the host asks for a fresh one */
  DH_FATE_WIDTH_ = 0x7fffffff
} dh_fate;

/* --- log ----------------------------------------------------------------- */

typedef enum dh_log_level {
  DH_LOG_ERROR = 0,
  DH_LOG_WARNING = 1,
  DH_LOG_INFO = 2,
  DH_LOG_DEBUG = 3,
  DH_LOG_WIDTH_ = 0x7fffffff
} dh_log_level;

/* --- principal ----------------------------------------------------------- */

/** The text fields of a principal. */
typedef enum dh_principal_field {
  DH_PRINCIPAL_ACTOR = 0,      /**< the actor's URN, "urn:li:corpuser:datahub" */
  DH_PRINCIPAL_ACTOR_TYPE = 1, /**< "USER" */
  DH_PRINCIPAL_TOKEN_TYPE = 2, /**< "PERSONAL", "SESSION", "SERVICE_ACCOUNT", "JWT", "SYSTEM" */
  DH_PRINCIPAL_ISSUER = 3,
  DH_PRINCIPAL_TOKEN_ID = 4, /**< the PAT's entity id, or `jti` */
  DH_PRINCIPAL_AUDIENCE = 5, /**< set once for each audience: they add up */
  DH_PRINCIPAL_CLAIMS = 6,   /**< a JSON object */
  DH_PRINCIPAL_METHOD = 7,   /**< what vouched for it: the module's name (set by the host) */
  DH_PRINCIPAL_FIELD_WIDTH_ = 0x7fffffff
} dh_principal_field;

/* --- host services ------------------------------------------------------- */

typedef struct dh_host dh_host;

/**
 * What the host does for a module. All functions take the host pointer first,
 * may be called from any thread, and accept NULL for an error that nobody wants.
 */
struct dh_host {
  uint32_t struct_size;
  uint32_t abi; /**< the host's version; compare with DH_ABI_GET_MINOR() */

  /** Logs one line, without a newline. Anything that looks like a token is redacted. */
  void (*log)(const dh_host *host, dh_log_level level, const char *format, ...)
      DH_PRINTF_LIKE(3, 4);

  /** Fills `error` (may be NULL) and returns `status`, so that it can end a function. */
  dh_status (*fail)(const dh_host *host, dh_error *error, dh_status status, const char *format, ...)
      DH_PRINTF_LIKE(4, 5);

  /* Options. `name` must be one that the module declares. Values live as long as the instance. */

  /** STRING, PATH, URL, ENUM: the text; NULL where it was not given and has no default. */
  const char *(*option_text)(const dh_host *host, const dh_options *options, const char *name);
  /** INTEGER as it is, BOOLEAN 0 or 1, DURATION in ms, SIZE in bytes; 0 where not given. */
  int64_t (*option_number)(const dh_host *host, const dh_options *options, const char *name);
  /** SECRET; borrowed; NULL where it was not given. */
  const dh_secret *(*option_secret)(const dh_host *host, const dh_options *options,
                                    const char *name);
  /** LIST, MAP: how many; other types: 1 where given or defaulted, else 0. */
  size_t (*option_count)(const dh_host *host, const dh_options *options, const char *name);
  /** LIST, MAP: the value at `index`; NULL past the end. */
  const char *(*option_item)(const dh_host *host, const dh_options *options, const char *name,
                             size_t index);
  /** MAP: the key at `index`; NULL past the end. */
  const char *(*option_key)(const dh_host *host, const dh_options *options, const char *name,
                            size_t index);
  /** Where the option was set, as "file:line", for a message; never NULL. */
  const char *(*option_where)(const dh_host *host, const dh_options *options, const char *name);

  /* Secrets. */

  /** Copies `size` bytes into locked memory and adds a NUL. NULL when out of memory.
   *  From then on the log redacts the value. Free with `secret_free`. */
  dh_secret *(*secret_new)(const dh_host *host, const void *bytes, size_t size);
  /** Its bytes, NUL-terminated, valid until it is freed. `size` may be NULL. */
  const char *(*secret_bytes)(const dh_host *host, const dh_secret *secret, size_t *size);
  /** Wipes and frees. NULL is accepted. */
  void (*secret_free)(const dh_host *host, dh_secret *secret);
  /** Overwrites memory in a way that the compiler keeps. */
  void (*wipe)(const dh_host *host, void *bytes, size_t size);

  /* Clocks. */

  /** Wall clock, ms since 1970-01-01 UTC. */
  int64_t (*wall_ms)(const dh_host *host);
  /** Monotonic clock, ms since an unspecified start. */
  int64_t (*mono_ms)(const dh_host *host);

  /* A small cache, shared by the instances of one module in one context of the host: a program
   * has one context as a rule, and those of several share nothing. */

  /** The value under `key`, or NULL. The caller frees it with `secret_free`. */
  dh_secret *(*cache_get)(const dh_host *host, const char *key);
  /** Keeps a copy of `value` for `ttl_ms`; NULL removes it. The oldest leave when it is full. */
  dh_status (*cache_put)(const dh_host *host, const char *key, const dh_secret *value,
                         int64_t ttl_ms);

  /* HTTP. */

  /** Sends a request and waits. DH_OK where an answer came, whatever its HTTP status;
   *  DH_UNAVAILABLE, DH_TIMEOUT, DH_MALFORMED, DH_MISCONFIGURED otherwise. The caller
   *  frees `*response` with `http_free`. Not for a sink's `submit`: it blocks. */
  dh_status (*http)(const dh_host *host, const dh_http_request *request,
                    dh_http_response **response, dh_error *error);
  int (*http_status)(const dh_host *host, const dh_http_response *response);
  /** The body, NUL-terminated for convenience; `size` may be NULL. */
  const char *(*http_body)(const dh_host *host, const dh_http_response *response, size_t *size);
  /** The first header of that name, case-insensitive, or NULL. */
  const char *(*http_header)(const dh_host *host, const dh_http_response *response,
                             const char *name);
  /** Wipes and frees. NULL is accepted. */
  void (*http_free)(const dh_host *host, dh_http_response *response);
  /** Sink role only, from the thread that calls the sink: starts a request with the
   *  stack's credential (of `server`; for a sink with options in a map `rest_fallback`, of that
   *  map's `server` and its `token` or `auth`), and returns. `pieces` are
   *  sent one after the other without being copied: they must live until `done`. A
   *  401 is answered by one more try with a fresh credential before `done` sees it. */
  dh_status (*http_start)(const dh_host *host, const dh_http_request *request,
                          const dh_slice *pieces, size_t piece_count, dh_http_done done, void *arg,
                          dh_error *error);

  /* Credentials. */

  /** Sets scheme ("Bearer") and value (copied). */
  dh_status (*credential_set)(const dh_host *host, dh_credential *credential, const char *scheme,
                              const dh_secret *value);
  /** When it ends, wall ms. Not called: unknown. */
  void (*credential_set_expiry)(const dh_host *host, dh_credential *credential,
                                int64_t expires_at_ms);
  /** For a credential of unknown expiry: how long until `acquire` is asked again.
   *  0: after each use; -1: never. Not called: -1. */
  void (*credential_set_recheck)(const dh_host *host, dh_credential *credential,
                                 int64_t recheck_ms);
  /** RFC 8693 token type URN; NULL to unset. */
  void (*credential_set_token_type)(const dh_host *host, dh_credential *credential,
                                    const char *token_type);
  /** Where it came from, in words for a person: "the file /run/token". Never the value. */
  void (*credential_set_origin)(const dh_host *host, dh_credential *credential, const char *origin);
  const char *(*credential_scheme)(const dh_host *host, const dh_credential *credential);
  const dh_secret *(*credential_value)(const dh_host *host, const dh_credential *credential);
  const char *(*credential_token_type)(const dh_host *host, const dh_credential *credential);
  /** Wall ms, 0 where unknown. */
  int64_t (*credential_expiry)(const dh_host *host, const dh_credential *credential);

  /* Principals. */

  dh_status (*principal_set)(const dh_host *host, dh_principal *principal, dh_principal_field field,
                             const char *value);
  /** When what was verified ends, wall ms; 0: never. */
  void (*principal_set_expiry)(const dh_host *host, dh_principal *principal, int64_t expires_at_ms);
  /** What an earlier module of the stack set, or NULL. */
  const char *(*principal_get)(const dh_host *host, const dh_principal *principal,
                               dh_principal_field field);

  /* Batches. Any thread. */

  size_t (*batch_count)(const dh_host *host, const dh_batch *batch);
  const dh_record *(*batch_record)(const dh_host *host, const dh_batch *batch, size_t index);
  /** The aspect's JSON as JSON (not as a string in JSON); made when first asked for. */
  dh_slice (*batch_aspect)(const dh_host *host, dh_batch *batch, size_t index);
  /** Reports one record's fate. `error` (copied, may be NULL) says why, and with
   *  DH_RETRY its `retry_after_ms` says when. DH_RETRY without an error says that the record
   *  was not tried: it is sent again at once, and that costs none of its attempts. Each
   *  record is reported exactly once; after the last one the batch is gone. */
  void (*batch_done)(const dh_host *host, dh_batch *batch, size_t index, dh_fate fate,
                     const dh_error *error);
  /** The same for all records of the batch that have not been reported. */
  void (*batch_done_all)(const dh_host *host, dh_batch *batch, dh_fate fate, const dh_error *error);

  /* Sink role only: the credential for what is sent by other ways than `http_start`. */

  /** The credential to use now, of the stack that the sink's configuration names (`token` or
   *  `auth`; never the environment's): cached while it is good, else obtained. Any thread, but
   *  not the one that calls the sink: it blocks, at most `timeout_ms` (negative: as long
   *  as it takes). `server` is the origin that it goes to, "https://broker:9092", the same with
   *  each call; modules of the stack see it. On DH_OK the caller owns `*out` and reads it
   *  with `credential_value`, `credential_expiry`. DH_IGNORE: the configuration names no stack, or
   *  an empty one. Else what the stack came to. */
  dh_status (*sink_credential)(const dh_host *host, const char *server, int64_t timeout_ms,
                               dh_credential **out, dh_error *error);
  /** The other side refused it: the next `sink_credential` asks the modules anew. Any thread. */
  void (*sink_credential_refused)(const dh_host *host, const dh_credential *credential);
  /** Of `sink_credential`; wiped with its last user. NULL is accepted. */
  void (*credential_free)(const dh_host *host, dh_credential *credential);
};

/* --- the roles ----------------------------------------------------------- */

/** For whom a credential is wanted. */
typedef struct dh_credential_request {
  uint32_t struct_size;
  uint32_t flags;      /**< none yet */
  const char *server;  /**< the origin it will be sent to: "https://datahub.example.com" */
  int64_t deadline_ms; /**< monotonic; give up by then */
} dh_credential_request;

typedef struct dh_credential_role {
  uint32_t struct_size;
  uint32_t flags; /**< none yet */
  /** Makes an instance from checked options. `*self` is passed to the others. */
  dh_status (*open)(const dh_host *host, const dh_options *options, void **self, dh_error *error);
  /** Obtains a credential. `prior` is what the stack holds so far, NULL at the first
   *  module. `out` is filled through the host on DH_OK and untouched otherwise. */
  dh_status (*acquire)(void *self, const dh_credential_request *request, const dh_credential *prior,
                       dh_credential *out, dh_error *error);
  /** The server refused `rejected`: forget what led to it. May be NULL. */
  void (*invalidate)(void *self, const dh_credential *rejected);
  void (*close)(void *self);
} dh_credential_role;

/** The caller must not wait. Where the answer would take a network, a lock that another thread
 *  holds for long, or a thread's work, return DH_TIMEOUT at once: the host asks again, without
 *  this flag, from a thread that may wait. Only modules with DH_VERIFIER_NOW see it. */
#define DH_PRESENTED_NOW 0x1u
/** Nothing was presented, and the token is empty: could a check be decided? DH_OK, or why not
 *  (DH_UNAVAILABLE: there are no keys yet). Not to be waited for. Only modules with
 *  DH_VERIFIER_PROBE see it. */
#define DH_PRESENTED_PROBE 0x2u

/** What was presented to a server. Borrowed until `verify` returns. */
typedef struct dh_presented {
  uint32_t struct_size;
  uint32_t flags;     /**< DH_PRESENTED_... */
  const char *scheme; /**< "Bearer", "Basic"; as presented */
  const char *token;  /**< the rest, NUL-terminated, at most 64 KiB */
  size_t token_size;
} dh_presented;

/** `verify` heeds DH_PRESENTED_NOW: either it never waits, or it says when it would. */
#define DH_VERIFIER_NOW 0x1u
/** `verify` answers DH_PRESENTED_PROBE. */
#define DH_VERIFIER_PROBE 0x2u

typedef struct dh_verifier_role {
  uint32_t struct_size;
  uint32_t flags; /**< DH_VERIFIER_... */
  dh_status (*open)(const dh_host *host, const dh_options *options, void **self, dh_error *error);
  /** Checks what was presented. DH_IGNORE where it is not for this module; DH_OK with
   *  the principal filled. The principal is discarded on any other result. */
  dh_status (*verify)(void *self, const dh_presented *presented, dh_principal *principal,
                      dh_error *error);
  void (*close)(void *self);
} dh_verifier_role;

/** The order of records is the sink's own business (a file): one batch at a time. */
#define DH_SINK_SERIAL 0x1u
/** The sink sends nothing over a network that wants a credential. */
#define DH_SINK_LOCAL 0x2u

typedef struct dh_sink_role {
  uint32_t struct_size;
  uint32_t flags; /**< DH_SINK_... */
  dh_status (*open)(const dh_host *host, const dh_options *options, void **self, dh_error *error);
  /** Takes a batch. On DH_OK each record is reported through `batch_done`, before or
   *  after this returns, from any thread. On any other result the batch stays the host's. */
  dh_status (*submit)(void *self, dh_batch *batch, dh_error *error);
  /** Everything submitted should be on its way: write out buffers. May be NULL. Does not wait. */
  dh_status (*flush)(void *self, dh_error *error);
  /** Called at least every second for a sink's own upkeep. May be NULL. */
  void (*poll)(void *self);
  /** Ends the instance. `aborted` is non-zero where the run failed and a partial output
   *  must not take the place of a good one. May return why it could not be finished. */
  dh_status (*close)(void *self, int aborted, dh_error *error);
} dh_sink_role;

/** What a module is. Static storage: it lives as long as the module is loaded. */
typedef struct dh_plugin {
  uint32_t struct_size;
  uint32_t abi;         /**< DH_ABI of the header it was built with */
  uint32_t needs;       /**< the oldest host it runs under: DH_ABI_MAKE(1, 0) if unsure */
  uint32_t option_size; /**< sizeof(dh_option) of the header it was built with */
  const char *name;     /**< as in the configuration; letters, digits, '-', '_' */
  const char *version;
  const char *summary;                  /**< one line */
  const char *license;                  /**< SPDX identifier */
  const dh_option *options;             /**< ended by a NULL name; NULL for none */
  const dh_credential_role *credential; /**< or NULL */
  const dh_verifier_role *verifier;     /**< or NULL */
  const dh_sink_role *sink;             /**< or NULL */
} dh_plugin;

/**
 * The symbol that a module exports.
 * @param host_abi  the host's version.
 * @returns the descriptor, or NULL: "I cannot run under this host".
 */
DH_PLUGIN_EXPORT const dh_plugin *dh_plugin_entry(uint32_t host_abi);

#ifdef __cplusplus
}
#endif

#endif
