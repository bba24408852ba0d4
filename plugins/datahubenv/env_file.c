/* SPDX-License-Identifier: Apache-2.0 */
#include "env_file.h"

#include <datahub/context.h>

#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* A credentials file has two levels; what is nested deeper is not ours to read. */
#define DEEPEST 16

typedef struct level {
  bool is_map, at_key;
  char key[32];
} level;

/* Where in the document the parser stands. */
typedef struct walk {
  int depth;
  level levels[DEEPEST + 1];
} walk;

typedef enum step { STEP_KEY, STEP_VALUE, STEP_OTHER, STEP_TOO_DEEP } step;

static void value_ended(walk *w)
{
  w->levels[w->depth].at_key = w->levels[w->depth].is_map;
}

static void set_key(level *l, const yaml_event_t *event)
{
  size_t size = event->data.scalar.length;
  l->key[0] = '\0';
  if (size < sizeof(l->key)) {
    memcpy(l->key, event->data.scalar.value, size);
    l->key[size] = '\0';
  }
}

static step advance(walk *w, const yaml_event_t *event)
{
  level *here = &w->levels[w->depth];
  switch (event->type) {
  case YAML_MAPPING_START_EVENT:
  case YAML_SEQUENCE_START_EVENT:
    if (w->depth == DEEPEST)
      return STEP_TOO_DEEP;
    here->at_key = false;
    w->depth++;
    w->levels[w->depth] = (level){.is_map = event->type == YAML_MAPPING_START_EVENT,
                                  .at_key = event->type == YAML_MAPPING_START_EVENT};
    return STEP_OTHER;
  case YAML_MAPPING_END_EVENT:
  case YAML_SEQUENCE_END_EVENT:
    w->depth--;
    value_ended(w);
    return STEP_OTHER;
  case YAML_ALIAS_EVENT:
    value_ended(w);
    return STEP_OTHER;
  case YAML_SCALAR_EVENT:
    if (here->is_map && here->at_key) {
      set_key(here, event);
      here->at_key = false;
      return STEP_KEY;
    }
    value_ended(w);
    return STEP_VALUE;
  default:
    return STEP_OTHER;
  }
}

/* Whether the value just passed stands under these two keys. */
static bool is_at(const walk *w, const char *section, const char *name)
{
  return w->depth == 2 && w->levels[1].is_map && w->levels[2].is_map &&
         !strcmp(w->levels[1].key, section) && !strcmp(w->levels[2].key, name);
}

static void end_event(yaml_event_t *event)
{
  if (event->type == YAML_SCALAR_EVENT)
    dh_wipe(event->data.scalar.value, event->data.scalar.length);
  yaml_event_delete(event);
}

static void end_parser(yaml_parser_t *parser)
{
  dh_wipe(parser->raw_buffer.start, (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
  dh_wipe(parser->buffer.start, (size_t)(parser->buffer.end - parser->buffer.start));
  yaml_parser_delete(parser);
}

/* --- reading --- */

void env_file_init(env_file *file)
{
  dh_buf_init_secret(&file->server);
  dh_buf_init_secret(&file->token);
  dh_buf_init_secret(&file->client_id);
  dh_buf_init_secret(&file->refresh_token);
  dh_buf_init_secret(&file->token_endpoint);
}

void env_file_clear(env_file *file)
{
  dh_buf_wipe(&file->server);
  dh_buf_wipe(&file->token);
  dh_buf_wipe(&file->client_id);
  dh_buf_wipe(&file->refresh_token);
  dh_buf_wipe(&file->token_endpoint);
}

static void take(env_file *file, const walk *w, const yaml_event_t *event)
{
  struct {
    const char *section, *name;
    dh_buf *out;
  } const wanted[] = {
      {"gms", "server", &file->server},
      {"gms", "token", &file->token},
      {"oauth", "client_id", &file->client_id},
      {"oauth", "refresh_token", &file->refresh_token},
      {"oauth", "token_endpoint", &file->token_endpoint},
  };
  const char *value = (const char *)event->data.scalar.value;
  /* A plain null or ~ stands for nothing, as in `token: null`. */
  bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  if (is_plain && (!strcmp(value, "null") || !strcmp(value, "~")))
    return;
  for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
    if (is_at(w, wanted[i].section, wanted[i].name)) {
      dh_buf_clear(wanted[i].out);
      dh_buf_add(wanted[i].out, value, event->data.scalar.length);
    }
}

bool env_file_read(env_file *file, const char *text, size_t size, char *why, size_t why_size)
{
  yaml_parser_t parser;
  walk w = {0};
  bool ended = false;
  snprintf(why, why_size, "out of memory");
  if (!yaml_parser_initialize(&parser))
    return false;
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
  while (!ended) {
    yaml_event_t event;
    if (!yaml_parser_parse(&parser, &event)) {
      snprintf(why, why_size, "line %zu: %s", parser.problem_mark.line + 1,
               parser.problem ? parser.problem : "it is no YAML");
      break;
    }
    step s = advance(&w, &event);
    if (s == STEP_VALUE)
      take(file, &w, &event);
    ended = event.type == YAML_STREAM_END_EVENT;
    end_event(&event);
    if (s == STEP_TOO_DEEP) {
      snprintf(why, why_size, "it is nested deeper than %d levels", DEEPEST);
      break;
    }
  }
  end_parser(&parser);
  return ended;
}

/* --- writing --- */

typedef struct rewrite {
  yaml_emitter_t emitter;
  walk w;
  const dh_buf *token, *refresh_token;
  bool has_token; /* gms.token was there */
} rewrite;

static int keep_output(void *arg, unsigned char *bytes, size_t size)
{
  dh_buf *out = arg;
  dh_buf_add(out, bytes, size);
  return !out->failed;
}

static bool emit_text(rewrite *r, const char *text, size_t size)
{
  yaml_event_t event;
  unsigned char *value = (unsigned char *)(uintptr_t)text;
  return yaml_scalar_event_initialize(&event, NULL, NULL, value, (int)size, 1, 1,
                                      YAML_ANY_SCALAR_STYLE) &&
         yaml_emitter_emit(&r->emitter, &event);
}

/* The new value for the one just passed, or NULL. */
static const dh_buf *substitute(const rewrite *r)
{
  if (is_at(&r->w, "gms", "token"))
    return r->token;
  return is_at(&r->w, "oauth", "refresh_token") ? r->refresh_token : NULL;
}

static bool ends_gms(const rewrite *r, const yaml_event_t *event)
{
  return event->type == YAML_MAPPING_END_EVENT && r->w.depth == 2 &&
         !strcmp(r->w.levels[1].key, "gms");
}

/* Takes over the event. */
static bool pass(rewrite *r, yaml_event_t *event)
{
  if (ends_gms(r, event) && !r->has_token &&
      (!emit_text(r, "token", 5) || !emit_text(r, r->token->data, r->token->size))) {
    end_event(event);
    return false;
  }
  step s = advance(&r->w, event);
  const dh_buf *with = s == STEP_VALUE ? substitute(r) : NULL;
  if (s == STEP_TOO_DEEP || with) {
    if (with == r->token)
      r->has_token = true;
    end_event(event);
    return with && emit_text(r, with->data, with->size);
  }
  return yaml_emitter_emit(&r->emitter, event);
}

bool env_file_rewrite(const char *text, size_t size, const dh_buf *token,
                      const dh_buf *refresh_token, dh_buf *out)
{
  yaml_parser_t parser;
  rewrite r = {.token = token, .refresh_token = refresh_token};
  bool ended = false, good = true;
  if (!yaml_parser_initialize(&parser))
    return false;
  if (!yaml_emitter_initialize(&r.emitter)) {
    yaml_parser_delete(&parser);
    return false;
  }
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
  yaml_emitter_set_output(&r.emitter, keep_output, out);
  yaml_emitter_set_width(&r.emitter, -1);
  yaml_emitter_set_unicode(&r.emitter, 1);
  while (good && !ended) {
    yaml_event_t event;
    good = yaml_parser_parse(&parser, &event);
    if (!good)
      break;
    ended = event.type == YAML_STREAM_END_EVENT;
    good = pass(&r, &event);
  }
  dh_wipe(r.emitter.buffer.start, (size_t)(r.emitter.buffer.end - r.emitter.buffer.start));
  dh_wipe(r.emitter.raw_buffer.start,
          (size_t)(r.emitter.raw_buffer.end - r.emitter.raw_buffer.start));
  yaml_emitter_delete(&r.emitter);
  end_parser(&parser);
  return good && ended && !out->failed;
}
