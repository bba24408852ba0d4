/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /metrics shows: counters, and how long checks took, as Prometheus reads them.
 */
#ifndef AUTHD_METRICS_H
#define AUTHD_METRICS_H

#include <datahub/verifier.h>

#include <stdatomic.h>

/* Upper bounds of the histogram, in microseconds, and one more for what is above. */
#define AUTHD_BUCKETS 11
extern const unsigned authd_bucket_us[AUTHD_BUCKETS];

/* All members are updated without a lock; zero is the beginning. */
typedef struct authd_metrics {
  atomic_ullong results[DH_STATUS_COUNT]; /* checks by result */
  atomic_ullong limited;                  /* answered 429 */
  atomic_ullong turned_away;              /* answered 503: too many wait */
  atomic_ullong reloads, reload_failures;
  atomic_ullong lost_lines; /* of the access log */
  atomic_ullong buckets[AUTHD_BUCKETS + 1];
  atomic_ullong micros;
} authd_metrics;

void authd_metrics_count(authd_metrics *metrics, dh_status result, uint64_t micros);
/* The text of /metrics; the caller frees; NULL when out of memory. */
char *authd_metrics_text(authd_metrics *metrics, const dh_verifier_stats *verifier, size_t waiting);

#endif
