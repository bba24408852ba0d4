/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Emit mode ASYNC_WAIT: GMS has queued a write and named it in `traceparent`; it is asked,
 * with a wait that doubles, until the write has reached primary and search storage. The
 * records' fate is told only then.
 */
#include "rest.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_WAIT_MS 250
#define LONGEST_WAIT_MS 10000

/* "00-TRACEID-SPANID-FLAGS" */
bool trace_id_of(const char *parent, char id[33])
{
  size_t n = parent ? strspn(parent, "0123456789abcdefABCDEF") : 0;
  if (n != 2 || parent[2] != '-')
    return false;
  parent += 3;
  if (strspn(parent, "0123456789abcdefABCDEF") != 32 || parent[32] != '-')
    return false;
  memcpy(id, parent, 32);
  id[32] = '\0';
  return true;
}

static void remember(job *j)
{
  j->next = j->sink->traced;
  j->sink->traced = j;
}

bool trace_begin(job *j, const dh_http_response *response)
{
  rest *sink = j->sink;
  const dh_host *host = sink->host;
  if (!trace_id_of(host->http_header(host, response, "traceparent"), j->trace_id)) {
    if (!sink->told_untraced)
      host->log(host, DH_LOG_WARNING,
                "%s names no trace for its writes: ASYNC_WAIT cannot wait for them (it needs "
                "DataHub 1.0.1 or newer)",
                sink->server);
    sink->told_untraced = true;
    return false;
  }
  int64_t now = host->mono_ms(host);
  j->trace_until_ms = now + sink->trace_timeout_ms;
  j->trace_wait_ms = FIRST_WAIT_MS;
  j->trace_next_ms = now + j->trace_wait_ms;
  remember(j);
  return true;
}

/* --- what the answer says --- */

static bool is_status(struct json_object *storage, const char *const *words)
{
  struct json_object *status;
  if (!json_object_object_get_ex(storage, "writeStatus", &status) ||
      !json_object_is_type(status, json_type_string))
    return false;
  for (; *words; words++)
    if (!strcmp(json_object_get_string(status), *words))
      return true;
  return false;
}

static void say(char *why, size_t size, const char *urn, const char *aspect, const char *words)
{
  snprintf(why, size, "%.150s, aspect %.60s: %.80s", urn, aspect, words);
}

static trace_state read_aspect(const char *urn, const char *aspect, struct json_object *told,
                               char *why, size_t why_size)
{
  static const char *const pending[] = {"PENDING", NULL};
  static const char *const failed[] = {"ERROR", NULL};
  static const char *const storages[] = {"primaryStorage", "searchStorage", NULL};
  struct json_object *storage, *success, *words;
  trace_state state = TRACE_DONE;
  if (!json_object_is_type(told, json_type_object))
    return TRACE_UNREADABLE;
  for (size_t i = 0; storages[i]; i++) {
    if (!json_object_object_get_ex(told, storages[i], &storage) ||
        !json_object_is_type(storage, json_type_object))
      continue;
    if (is_status(storage, failed)) {
      const char *told_why = "the write failed";
      if (json_object_object_get_ex(storage, "writeMessage", &words) &&
          json_object_is_type(words, json_type_string))
        told_why = json_object_get_string(words);
      say(why, why_size, urn, aspect, told_why);
      return TRACE_FAILED;
    }
    if (is_status(storage, pending))
      state = TRACE_PENDING;
  }
  if (state == TRACE_DONE && json_object_object_get_ex(told, "success", &success) &&
      json_object_is_type(success, json_type_boolean) && !json_object_get_boolean(success)) {
    say(why, why_size, urn, aspect, "the server says that the write did not succeed");
    return TRACE_FAILED;
  }
  return state;
}

static trace_state read_tree(struct json_object *tree, char *why, size_t why_size)
{
  trace_state state = TRACE_DONE;
  if (!json_object_is_type(tree, json_type_object))
    return TRACE_UNREADABLE;
  json_object_object_foreach(tree, urn, aspects)
  {
    if (!json_object_is_type(aspects, json_type_object))
      return TRACE_UNREADABLE;
    json_object_object_foreach(aspects, aspect, told)
    {
      trace_state one = read_aspect(urn, aspect, told, why, why_size);
      if (one == TRACE_FAILED || one == TRACE_UNREADABLE)
        return one;
      if (one == TRACE_PENDING)
        state = TRACE_PENDING;
    }
  }
  return state;
}

trace_state trace_read(const char *body, size_t size, char *why, size_t why_size)
{
  trace_state state = TRACE_UNREADABLE;
  struct json_tokener *tokener = json_tokener_new_ex(32);
  why[0] = '\0';
  if (tokener && size <= INT32_MAX) {
    struct json_object *tree = json_tokener_parse_ex(tokener, body, (int)size);
    if (json_tokener_get_error(tokener) == json_tokener_success)
      state = read_tree(tree, why, why_size);
    json_object_put(tree);
  }
  json_tokener_free(tokener);
  return state;
}

/* --- asking --- */

static void wait_longer(job *j)
{
  const dh_host *host = j->sink->host;
  int64_t now = host->mono_ms(host);
  j->trace_wait_ms =
      j->trace_wait_ms * 2 < LONGEST_WAIT_MS ? j->trace_wait_ms * 2 : LONGEST_WAIT_MS;
  j->trace_next_ms = now + j->trace_wait_ms;
  remember(j);
}

/* The write is accepted and will be made; only its end was not seen. It is not sent again. */
static void stop_waiting(job *j, const char *why)
{
  const dh_host *host = j->sink->host;
  host->log(host, DH_LOG_WARNING,
            "%s has accepted a write (trace %s) whose end was not seen within %.0f s: %s",
            j->sink->server, j->trace_id, (double)j->sink->trace_timeout_ms / 1000, why);
  job_told(j, DH_DELIVERED, NULL);
}

static void looked(void *arg, dh_status status, dh_http_response *response, const dh_error *why)
{
  job *j = arg;
  const dh_host *host = j->sink->host;
  char words[320] = "";
  size_t size = 0;
  trace_state state = TRACE_UNREADABLE;
  int code = status ? 0 : host->http_status(host, response);
  if (code >= 200 && code < 300) {
    const char *body = host->http_body(host, response, &size);
    state = trace_read(body, size, words, sizeof(words));
  } else if (code) {
    answer_words(host->http_body(host, response, &size), size, words, sizeof(words));
  } else if (why) {
    snprintf(words, sizeof(words), "%.300s", why->message);
  }
  if (state == TRACE_DONE) {
    job_told(j, DH_DELIVERED, NULL);
  } else if (state == TRACE_FAILED) {
    dh_error error = {.retry_after_ms = -1};
    host->fail(host, &error, DH_MALFORMED, "accepted, then not written: %s", words);
    job_told(j, j->plans[j->plan].count > 1 ? DH_SPLIT : DH_REJECTED, &error);
  } else if (host->mono_ms(host) >= j->trace_until_ms) {
    stop_waiting(j, words[0] ? words : "still pending");
  } else {
    wait_longer(j);
  }
}

static void add(text *out, const char *words)
{
  text_add(out, words, strlen(words));
}

static void add_name(text *out, dh_slice name)
{
  struct json_object *string = json_object_new_string_len(name.ptr, (int)name.len);
  add(out, string ? json_object_to_json_string_ext(string, JSON_C_TO_STRING_PLAIN) : "\"\"");
  json_object_put(string);
}

static bool same_urn(const dh_record *a, const dh_record *b)
{
  return a->urn.len == b->urn.len && !memcmp(a->urn.ptr, b->urn.ptr, a->urn.len);
}

static bool seen_before(const job *j, const request_plan *plan, size_t i)
{
  const dh_record *record = job_record(j, plan->from + i);
  for (size_t k = 0; k < i; k++)
    if (same_urn(record, job_record(j, plan->from + k)))
      return true;
  return false;
}

/* {"URN":["ASPECT",...],...} */
static void write_question(job *j)
{
  const request_plan *plan = &j->plans[j->plan];
  j->body.size = 0;
  add(&j->body, "{");
  for (size_t i = 0; i < plan->count; i++) {
    const dh_record *record = job_record(j, plan->from + i);
    if (seen_before(j, plan, i))
      continue;
    add(&j->body, i ? "," : "");
    add_name(&j->body, record->urn);
    add(&j->body, ":[");
    bool first = true;
    for (size_t k = i; k < plan->count; k++) {
      const dh_record *other = job_record(j, plan->from + k);
      if (!other->aspect_name.ptr || !same_urn(record, other))
        continue;
      add(&j->body, first ? "" : ",");
      add_name(&j->body, other->aspect_name);
      first = false;
    }
    add(&j->body, "]");
  }
  add(&j->body, "}");
  j->url.size = 0;
  add(&j->url, j->sink->server);
  add(&j->url, "/openapi/v1/trace/write/");
  add(&j->url, j->trace_id);
  add(&j->url, "?onlyIncludeErrors=false&detailed=true");
  text_add(&j->url, "", 1);
}

static void ask(job *j)
{
  dh_error error = {.retry_after_ms = -1};
  write_question(j);
  if (j->url.failed || j->body.failed) {
    stop_waiting(j, "out of memory");
    return;
  }
  j->pieces[0] = (dh_slice){j->body.data, j->body.size};
  dh_status status =
      rest_send(j->sink, "POST", j->url.data, j->pieces, 1, j->body.size, looked, j, &error);
  if (status)
    stop_waiting(j, error.message);
}

void trace_poll(rest *sink)
{
  int64_t now = sink->host->mono_ms(sink->host);
  job *list = sink->traced;
  sink->traced = NULL;
  while (list) {
    job *j = list;
    list = j->next;
    if (j->trace_next_ms <= now)
      ask(j);
    else
      remember(j);
  }
}

void trace_abandon(rest *sink)
{
  while (sink->traced) {
    job *j = sink->traced;
    sink->traced = j->next;
    stop_waiting(j, "the emitter was closed");
  }
}
