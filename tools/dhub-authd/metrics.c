/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

#include <stdio.h>
#include <stdlib.h>

const unsigned authd_bucket_us[AUTHD_BUCKETS] = {10,    50,    100,    500,     1000,    5000,
                                                 10000, 50000, 100000, 1000000, 10000000};

void authd_metrics_count(authd_metrics *metrics, dh_status result, uint64_t micros)
{
  unsigned index = (unsigned)result < DH_STATUS_COUNT ? (unsigned)result : DH_INTERNAL;
  size_t bucket = 0;
  while (bucket < AUTHD_BUCKETS && micros > authd_bucket_us[bucket])
    bucket++;
  atomic_fetch_add_explicit(&metrics->results[index], 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&metrics->buckets[bucket], 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&metrics->micros, micros, memory_order_relaxed);
}

static void head(FILE *out, const char *name, const char *type, const char *help)
{
  fprintf(out, "# HELP dhub_authd_%s %s\n# TYPE dhub_authd_%s %s\n", name, help, name, type);
}

static void single(FILE *out, const char *name, const char *type, const char *help,
                   unsigned long long value)
{
  head(out, name, type, help);
  fprintf(out, "dhub_authd_%s %llu\n", name, value);
}

static void write_results(FILE *out, authd_metrics *metrics)
{
  head(out, "checks_total", "counter", "Checks by result.");
  for (int i = 0; i < DH_STATUS_COUNT; i++)
    fprintf(out, "dhub_authd_checks_total{result=\"%s\"} %llu\n", dh_status_name((dh_status)i),
            atomic_load(&metrics->results[i]));
}

static void write_histogram(FILE *out, authd_metrics *metrics)
{
  unsigned long long sum = 0;
  head(out, "check_seconds", "histogram", "How long checks took.");
  for (size_t i = 0; i < AUTHD_BUCKETS; i++) {
    sum += atomic_load(&metrics->buckets[i]);
    fprintf(out, "dhub_authd_check_seconds_bucket{le=\"%g\"} %llu\n", authd_bucket_us[i] / 1e6,
            sum);
  }
  sum += atomic_load(&metrics->buckets[AUTHD_BUCKETS]);
  fprintf(out,
          "dhub_authd_check_seconds_bucket{le=\"+Inf\"} %llu\ndhub_authd_check_seconds_sum %.6f\n"
          "dhub_authd_check_seconds_count %llu\n",
          sum, (double)atomic_load(&metrics->micros) / 1e6, sum);
}

char *authd_metrics_text(authd_metrics *metrics, const dh_verifier_stats *verifier, size_t waiting)
{
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out)
    return NULL;
  write_results(out, metrics);
  write_histogram(out, metrics);
  single(out, "rate_limited_total", "counter", "Requests answered 429.",
         atomic_load(&metrics->limited));
  single(out, "waiting_checks", "gauge", "Checks that wait for an issuer, GMS or the token store.",
         waiting);
  single(out, "turned_away_total", "counter",
         "Checks answered 503 because too many were waiting already.",
         atomic_load(&metrics->turned_away));
  single(out, "reloads_total", "counter", "Configurations taken over.",
         atomic_load(&metrics->reloads));
  single(out, "reload_failures_total", "counter", "Configurations refused on reload.",
         atomic_load(&metrics->reload_failures));
  single(out, "access_log_lost_total", "counter",
         "Lines that standard output did not take in time.", atomic_load(&metrics->lost_lines));
  single(out, "cache_hits_total", "counter", "Checks answered from the cache.", verifier->hits);
  single(out, "cache_negative_hits_total", "counter", "Refusals answered from the cache.",
         verifier->negative_hits);
  single(out, "cache_entries", "gauge", "Tokens in the cache.", verifier->entries);
  if (fclose(out)) {
    free(text);
    return NULL;
  }
  return text;
}
