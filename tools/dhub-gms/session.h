/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is signed in to the web page. In memory only: a restart signs everyone out.
 */
#ifndef GMS_SESSION_H
#define GMS_SESSION_H

#include <datahub/context.h>

#include <stdbool.h>

/* 32 random bytes in hex, and a NUL. */
#define GMS_SESSION_ID_SIZE 65
#define GMS_SESSION_COOKIE "dhub_session"
/* However busy, a session ends after this. */
#define GMS_SESSION_SECONDS (8 * 3600)

/* Thread-safe. */
typedef struct gms_sessions gms_sessions;

gms_sessions *gms_sessions_new(dh_context *context);
void gms_sessions_free(gms_sessions *sessions);

/* Begins one for `actor`; fills the cookie's value and the token against forged requests.
 * False where there is no memory or randomness. The oldest leaves when there are too many. */
bool gms_session_begin(gms_sessions *sessions, const char *actor, char id[GMS_SESSION_ID_SIZE],
                       char csrf[GMS_SESSION_ID_SIZE]);
/* Whose session it is (malloc'ed), NULL where there is none or it is over. `csrf` NULL: do not
 * compare; `csrf_out` may be NULL. */
char *gms_session_actor(gms_sessions *sessions, const char *id, const char *csrf,
                        char csrf_out[GMS_SESSION_ID_SIZE]);
void gms_session_end(gms_sessions *sessions, const char *id);

/* Whether another try at a password may be made now: so many wrong ones a minute, in all. */
bool gms_session_may_try(gms_sessions *sessions);
void gms_session_tried(gms_sessions *sessions, bool good);

#endif
