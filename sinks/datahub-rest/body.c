/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sent. On the way of most records, Rest.li's batch, nothing is copied: the body
 * is the records' own bytes with commas between them.
 */
#include "rest.h"

#include <stdio.h>
#include <string.h>

const char *route_method(route r)
{
  return r == OPENAPI_PATCH ? "PATCH" : r == OPENAPI_DELETE ? "DELETE" : "POST";
}

static void add(text *out, const char *words)
{
  text_add(out, words, strlen(words));
}

static void add_slice(text *out, dh_slice slice)
{
  text_add(out, slice.ptr, slice.len);
}

static void add_json_string(text *out, dh_slice text_in)
{
  static const char hex[] = "0123456789abcdef";
  text_add(out, "\"", 1);
  for (size_t i = 0; i < text_in.len; i++) {
    unsigned char c = (unsigned char)text_in.ptr[i];
    char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    if (c < 0x20)
      text_add(out, escape, sizeof(escape));
    else if (c == '"' || c == '\\')
      text_add(out, (const char[]){'\\', (char)c}, 2);
    else
      text_add(out, text_in.ptr + i, 1);
  }
  text_add(out, "\"", 1);
}

/* A path segment: all but unreserved characters percent-encoded. */
static void add_encoded(text *out, dh_slice segment)
{
  static const char hex[] = "0123456789ABCDEF";
  for (size_t i = 0; i < segment.len; i++) {
    unsigned char c = (unsigned char)segment.ptr[i];
    bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                 (c && strchr("-._~", c));
    char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
    text_add(out, plain ? segment.ptr + i : escape, plain ? 1 : 3);
  }
}

static void piece(job *j, const char *bytes, size_t size)
{
  j->pieces[j->piece_count++] = (dh_slice){bytes, size};
  j->size += size;
}

#define PIECE(j, literal) piece(j, literal, sizeof(literal) - 1)

static void write_batch(job *j, const request_plan *plan)
{
  add(&j->url, "/aspects?action=ingestProposalBatch");
  for (size_t i = 0; i < plan->count; i++) {
    dh_slice proposal = job_record(j, plan->from + i)->proposal;
    if (i)
      PIECE(j, ",");
    else
      PIECE(j, "{\"proposals\":[");
    piece(j, proposal.ptr, proposal.len);
  }
  if (j->async)
    PIECE(j, "],\"async\":\"true\"}");
  else
    PIECE(j, "],\"async\":\"false\"}");
}

static void write_one(job *j, const request_plan *plan)
{
  dh_slice proposal = job_record(j, plan->from)->proposal;
  add(&j->url, "/aspects?action=ingestProposal");
  PIECE(j, "{\"proposal\":");
  piece(j, proposal.ptr, proposal.len);
  if (j->async)
    PIECE(j, ",\"async\":\"true\"}");
  else
    PIECE(j, ",\"async\":\"false\"}");
}

static void write_delete(job *j, const request_plan *plan)
{
  add(&j->url, "/entities?action=delete");
  add(&j->body, "{\"urn\":");
  add_json_string(&j->body, job_record(j, plan->from)->urn);
  add(&j->body, "}");
}

static bool is_object(dh_slice json)
{
  return json.ptr && json.len && json.ptr[0] == '{';
}

/* PATCH's aspect is an array of operations, or an object that has one. */
static void add_value(text *out, const dh_record *record, dh_slice aspect)
{
  if (record->change_type == DH_PATCH && !is_object(aspect)) {
    add(out, "{\"patch\":");
    add_slice(out, aspect);
    add(out, "}");
  } else {
    add_slice(out, aspect);
  }
}

/* {"urn":URN,"ASPECT":{"value":...,"systemMetadata":...,"headers":...}} */
static bool add_entity(job *j, size_t place)
{
  const dh_host *host = j->sink->host;
  const dh_record *record = job_record(j, place);
  dh_slice aspect = host->batch_aspect(host, j->batch, j->order[place].index);
  text *out = &j->body;
  if (!aspect.ptr || !record->aspect_name.ptr)
    return false;
  add(out, "{\"urn\":");
  add_json_string(out, record->urn);
  add(out, ",");
  add_json_string(out, record->aspect_name);
  add(out, ":{\"value\":");
  add_value(out, record, aspect);
  if (is_object(record->system_metadata)) {
    add(out, ",\"systemMetadata\":");
    add_slice(out, record->system_metadata);
  }
  if (is_object(record->headers)) {
    add(out, ",\"headers\":");
    add_slice(out, record->headers);
  } else if (j->sink->mode == SYNC_WAIT) {
    add(out, ",\"headers\":{\"X-DataHub-Sync-Index-Update\":\"true\"}");
  }
  add(out, "}}");
  return true;
}

static bool write_open(job *j, const request_plan *plan)
{
  add(&j->url, "/openapi/v3/entity/");
  add_encoded(&j->url, job_record(j, plan->from)->entity_type);
  add(&j->url, j->async ? "?async=true" : "?async=false");
  add(&j->body, "[");
  for (size_t i = 0; i < plan->count; i++) {
    if (i)
      add(&j->body, ",");
    if (!add_entity(j, plan->from + i))
      return false;
  }
  add(&j->body, "]");
  return true;
}

static void write_open_delete(job *j, const request_plan *plan)
{
  const dh_record *record = job_record(j, plan->from);
  add(&j->url, "/openapi/v3/entity/");
  add_encoded(&j->url, record->entity_type);
  add(&j->url, "/");
  add_encoded(&j->url, record->urn);
}

dh_status job_write(job *j, dh_error *error)
{
  const dh_host *host = j->sink->host;
  const request_plan *plan = &j->plans[j->plan];
  bool readable = true;
  j->url.size = j->body.size = j->piece_count = j->size = 0;
  add(&j->url, j->sink->server);
  switch (plan->route) {
  case RESTLI_BATCH:
    write_batch(j, plan);
    break;
  case RESTLI_ONE:
    write_one(j, plan);
    break;
  case RESTLI_DELETE:
    write_delete(j, plan);
    break;
  case OPENAPI_POST:
  case OPENAPI_PATCH:
    readable = write_open(j, plan);
    break;
  default:
    write_open_delete(j, plan);
  }
  text_add(&j->url, "", 1);
  if (j->url.failed || j->body.failed)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while writing a request");
  if (!readable)
    return host->fail(host, error, DH_MALFORMED,
                      "a record's aspect is missing or is not JSON: OpenAPI cannot carry it");
  if (j->body.size)
    piece(j, j->body.data, j->body.size);
  return DH_OK;
}
