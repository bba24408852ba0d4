/* SPDX-License-Identifier: Apache-2.0 */
#include "response.h"

#include <stdint.h>
#include <string.h>

struct MHD_Response *authd_response_of(const authd_answer *answer)
{
  struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  for (size_t i = 0; response && i < answer->count; i++) {
    const char *value = answer->headers[i].value;
    /* libmicrohttpd takes no header without a value; a space is one on its way and none for
     * whoever reads it (RFC 9110, section 5.5). */
    if (MHD_add_response_header(response, answer->headers[i].name, *value ? value : " "))
      continue;
    MHD_destroy_response(response);
    response = NULL;
  }
  return response;
}

struct MHD_Response *authd_response_text(const char *text, const char *header, const char *value)
{
  struct MHD_Response *response = MHD_create_response_from_buffer(
      strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
  if (response && header && !MHD_add_response_header(response, header, value)) {
    MHD_destroy_response(response);
    response = NULL;
  }
  return response;
}

static bool enter(struct authd_kept_place *at)
{
  return !atomic_flag_test_and_set_explicit(&at->busy, memory_order_acquire);
}

static void leave(struct authd_kept_place *at)
{
  atomic_flag_clear_explicit(&at->busy, memory_order_release);
}

/* A principal lives while it is kept, so that its address is its name. */
static struct authd_kept_place *place_of(authd_kept *kept, const dh_principal *principal)
{
  uint64_t mixed = ((uint64_t)(uintptr_t)principal >> 4) * UINT64_C(0x9e3779b97f4a7c15);
  return &kept->place[(mixed >> 32) % AUTHD_KEPT];
}

static void drop(struct MHD_Response *response, dh_principal *principal)
{
  if (response)
    MHD_destroy_response(response);
  dh_principal_unref(principal);
}

void authd_kept_clear(authd_kept *kept)
{
  for (size_t i = 0; i < AUTHD_KEPT; i++) {
    drop(kept->place[i].response, kept->place[i].principal);
    kept->place[i].response = NULL;
    kept->place[i].principal = NULL;
  }
}

/* Takes the response. */
static void keep(struct authd_kept_place *at, struct MHD_Response *response, unsigned generation,
                 dh_principal *principal)
{
  struct MHD_Response *old = response;
  dh_principal *whose = NULL;
  if (enter(at)) {
    old = at->response;
    whose = at->principal;
    at->response = response;
    at->principal = dh_principal_ref(principal);
    at->generation = generation;
    leave(at);
  }
  drop(old, whose);
}

enum MHD_Result authd_kept_queue(authd_kept *kept, struct MHD_Connection *connection,
                                 const authd_policy *policy, unsigned generation,
                                 dh_principal *principal)
{
  struct authd_kept_place *at = place_of(kept, principal);
  enum MHD_Result queued = MHD_NO;
  authd_answer answer;
  if (enter(at)) {
    bool found = at->principal == principal && at->generation == generation;
    if (found)
      queued = MHD_queue_response(connection, 200, at->response);
    leave(at);
    if (found)
      return queued;
  }
  struct MHD_Response *response = NULL;
  if (authd_answer_make(&answer, policy, principal))
    response = authd_response_of(&answer);
  authd_answer_free(&answer);
  if (!response)
    return MHD_NO;
  queued = MHD_queue_response(connection, 200, response);
  keep(at, response, generation, principal);
  return queued;
}
