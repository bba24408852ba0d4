/* SPDX-License-Identifier: Apache-2.0 */
#include "emit_report.h"

#include "signals.h"

#include <json-c/json.h>
#include <stdio.h>

enum { PROGRESS_MS = 200 };

typedef unsigned long long ull;

static const char *human_bytes(uint64_t bytes, char out[32])
{
  static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
  double value = (double)bytes;
  size_t unit = 0;
  for (; value >= 1000 && unit < 4; unit++)
    value /= 1000;
  snprintf(out, 32, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
  return out;
}

static double rate(uint64_t records, double seconds)
{
  return seconds > 0 ? (double)records / seconds : 0;
}

static void show_progress(emit_run *run, int64_t now)
{
  double seconds = (double)(now - run->started_ms) / 1000;
  uint64_t delivered = atomic_load(&run->delivered);
  char bytes[32];
  dhub_progress(run->output, "%llu read, %llu delivered, %llu rejected, %s, %.0f records/s",
                (ull)run->inputs, (ull)delivered,
                (ull)(atomic_load(&run->rejected) + run->unreadable),
                human_bytes(run->stats.bytes_sent, bytes), rate(delivered, seconds));
}

static void show_stats(emit_run *run, int64_t now)
{
  const dh_emitter_stats *s = &run->stats;
  dhub_say(run->output,
           "stats: %.1f s, %llu read, %llu emitted, %llu delivered, %llu rejected, %llu retried, "
           "%llu queued, %llu requests in flight of %llu, %llu requests, %llu bytes, 401: %llu, "
           "429: %llu, 5xx: %llu, transport errors: %llu, spooled: %llu",
           (double)(now - run->started_ms) / 1000, (ull)run->inputs, (ull)s->emitted,
           (ull)s->delivered, (ull)s->rejected, (ull)s->retried, (ull)s->queued, (ull)s->in_flight,
           (ull)s->concurrency, (ull)s->requests, (ull)s->bytes_sent, (ull)s->http_401,
           (ull)s->http_429, (ull)s->http_5xx, (ull)s->transport_errors, (ull)s->spooled);
}

void emit_report_tick(emit_run *run)
{
  if (!run->emitter || (!run->show_progress && !run->stats_ms))
    return;
  int64_t now = dh_mono_ms(run->context);
  bool progress = run->show_progress && now - run->last_shown_ms >= PROGRESS_MS;
  bool stats = run->stats_ms && now - run->last_stats_ms >= run->stats_ms;
  if (!progress && !stats)
    return;
  run->stats.struct_size = sizeof(run->stats);
  dh_emitter_get_stats(run->emitter, &run->stats);
  if (progress) {
    run->last_shown_ms = now;
    show_progress(run, now);
  }
  if (stats) {
    run->last_stats_ms = now;
    show_stats(run, now);
  }
}

/* --- the end --------------------------------------------------------------- */

static void put(struct json_object *to, const char *key, uint64_t number)
{
  json_object_object_add(to, key, json_object_new_uint64(number));
}

static void put_double(struct json_object *to, const char *key, double number)
{
  char text[64];
  snprintf(text, sizeof(text), "%.3f", number);
  json_object_object_add(to, key, json_object_new_double_s(number, text));
}

static struct json_object *error_object(const dh_error *error)
{
  struct json_object *o = json_object_new_object();
  json_object_object_add(o, "status", json_object_new_string(dh_status_name(error->status)));
  if (error->http_status)
    json_object_object_add(o, "httpStatus", json_object_new_int(error->http_status));
  json_object_object_add(o, "message", json_object_new_string(error->message));
  return o;
}

static void print_json(emit_run *run, int exit_code)
{
  struct json_object *o = json_object_new_object();
  uint64_t delivered = atomic_load(&run->delivered);
  put(o, "read", run->inputs);
  put(o, "records", run->records);
  put(o, "delivered", delivered);
  put(o, "rejected", atomic_load(&run->rejected));
  put(o, "unreadable", run->unreadable);
  put(o, "undelivered", atomic_load(&run->undelivered));
  put(o, "retried", run->stats.retried);
  put(o, "requests", run->stats.requests);
  put(o, "bytes", run->stats.bytes_sent);
  put_double(o, "seconds", run->seconds);
  put_double(o, "recordsPerSecond", rate(delivered, run->seconds));
  if (run->letter) {
    put(o, "deadLetters", dead_letter_count(run->letter));
    put(o, "lost", dead_letter_lost(run->letter));
  }
  if (dhub_signal_came())
    json_object_object_add(o, "signal", json_object_new_string(dhub_signal_name()));
  if (run->failure.status != DH_OK)
    json_object_object_add(o, "error", error_object(&run->failure));
  json_object_object_add(o, "exit", json_object_new_int(exit_code));
  puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
  json_object_put(o);
}

/* What to do about records that did not arrive. */
static void say_whereabouts(emit_run *run)
{
  uint64_t undelivered = atomic_load(&run->undelivered);
  uint64_t kept = run->spooled ? undelivered - run->left_behind : 0;
  uint64_t failed = atomic_load(&run->rejected) + run->unreadable;
  if (run->stopped_in)
    dhub_say(run->output, "stopped by %s while reading %s, after %llu of its records",
             dhub_signal_name(), run->stopped_in, (ull)run->inputs);
  if (kept)
    dhub_say(run->output, "in the spool: %llu; the next run with it sends them", (ull)kept);
  if (run->letter && dead_letter_count(run->letter))
    dhub_say(run->output,
             "in the dead-letter file: %llu, with the reasons beside it; mend them and emit that "
             "file",
             (ull)dead_letter_count(run->letter));
  else if (!run->letter && failed + undelivered > kept)
    dhub_say(run->output, "did not arrive: %llu; with --dead-letter FILE they would be kept",
             (ull)(failed + undelivered - kept));
}

static void print_words(emit_run *run)
{
  char bytes[32];
  uint64_t delivered = atomic_load(&run->delivered);
  if (!run->quiet)
    dhub_say(run->output,
             "%llu records read, %llu delivered, %llu rejected, %llu unreadable, %llu undelivered, "
             "%llu retried, %s in %.2f s, %.0f records/s",
             (ull)run->inputs, (ull)delivered, (ull)atomic_load(&run->rejected),
             (ull)run->unreadable, (ull)atomic_load(&run->undelivered), (ull)run->stats.retried,
             human_bytes(run->stats.bytes_sent, bytes), run->seconds,
             rate(delivered, run->seconds));
  say_whereabouts(run);
}

void emit_report_end(emit_run *run, bool sent, bool json, int exit_code)
{
  dhub_progress_end(run->output);
  if (!sent) { /* a dry run says what is wrong, and nothing of deliveries */
    if (run->failure.status != DH_OK)
      dhub_say(run->output, "error: %s", run->failure.message);
    if (!run->quiet)
      dhub_say(run->output, "%llu records read, %llu unreadable; nothing was sent",
               (ull)run->inputs, (ull)run->unreadable);
    return;
  }
  if (run->failure.status != DH_OK)
    dhub_say(run->output, "error: %s", run->failure.message);
  if (json)
    print_json(run, exit_code);
  else
    print_words(run);
}
