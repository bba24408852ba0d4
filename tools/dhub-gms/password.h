/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords as scrypt keeps them: "scrypt:N:R:P:SALT:HASH", the last two in base64.
 */
#ifndef GMS_PASSWORD_H
#define GMS_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#define GMS_PASSWORD_HASH_SIZE 160

/* Makes the text for a password; false where the system has no randomness or memory. */
bool gms_password_hash(const char *password, char out[GMS_PASSWORD_HASH_SIZE]);
/* Whether a text can be one. */
bool gms_password_is_hash(const char *text);
/* Whether the password is that of the text. */
bool gms_password_matches(const char *password, const char *text);

#endif
