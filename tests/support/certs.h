/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates made at run time, so that no key is in the tree and none expires in it.
 */
#ifndef DH_TESTS_CERTS_H
#define DH_TESTS_CERTS_H

/*
 * Writes into the folder `dir`, all PEM:
 *   ca.pem                               an authority
 *   good.pem, good.key                   for 127.0.0.1, ::1 and localhost
 *   wrong-name.pem, wrong-name.key       for other.example.com only
 *   expired.pem, expired.key             for 127.0.0.1, ended a year ago
 *   client.pem, client.key               a client's, signed by the same authority
 *   stranger.pem, stranger.key           for 127.0.0.1, signed by an authority nobody has
 * Ends the program where it cannot.
 */
void test_certs_make(const char *dir);

#endif
