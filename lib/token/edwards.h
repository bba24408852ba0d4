/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys of EdDSA that are none: points of small order. Under one of them a signature that
 * anybody can write, without a private key, is good for one text in a few: of Ed448's key of zeros,
 * as a file that was never filled in may hold, it is for every text. OpenSSL takes them.
 */
#ifndef DH_EDWARDS_H
#define DH_EDWARDS_H

#include <openssl/evp.h>

#include <stdbool.h>

/* Whether the public half of an ED25519 or ED448 key is such a point; true where that cannot be
 * told (out of memory). */
bool dh_edwards_is_weak(const EVP_PKEY *pkey);

#endif
