/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order: which records may be sent now. Each URN that has records in the emitter has a
 * node with its queue. A node is in flight from when some of its records are taken for a
 * batch until the fate of the last of these is final; until then its others wait. What
 * may be sent is found in constant time a record, whatever waits.
 * Used by the I/O thread alone.
 */
#ifndef DH_EMIT_ORDER_H
#define DH_EMIT_ORDER_H

#include "emit/entry.h"

#include <stdbool.h>

typedef struct dh_urn_node {
  struct dh_urn_node *chain; /* in its bucket, or among the spares */
  struct dh_urn_node *next;  /* in the ready list */
  uint64_t hash;
  dh_entry *head, *tail; /* waiting, oldest first */
  size_t waiting, waiting_bytes;
  size_t flying; /* taken and not final */
  size_t size;   /* of the URN */
  size_t room;   /* of `urn` */
  bool checked, bad;
  char urn[];
} dh_urn_node;

typedef struct dh_order {
  bool serial; /* one order over all records, whatever their URN */
  dh_urn_node **buckets;
  size_t mask, nodes;
  dh_urn_node *spare;
  dh_urn_node *last; /* the one looked up before: neighbours often share their URN */
  dh_urn_node *ready_head, *ready_tail;
  size_t ready, ready_bytes; /* records that may be taken now */
  size_t waiting;            /* all records not taken */
  uint64_t seed;
} dh_order;

bool dh_order_init(dh_order *order, bool serial);
void dh_order_end(dh_order *order);

/* Finds or makes the node of an entry's URN; false when out of memory. */
bool dh_order_find(dh_order *order, dh_entry *entry);
/* Puts an entry (found before) at the end of its URN's queue. */
void dh_order_add(dh_order *order, dh_entry *entry);
/*
 * Takes up to `max` records of at most `max_bytes` together (one record is always taken),
 * in an order that keeps each URN's. Returns how many.
 */
size_t dh_order_take(dh_order *order, dh_entry **out, size_t max, size_t max_bytes);
/* A taken record's fate is final. */
void dh_order_land(dh_order *order, dh_entry *entry);
/* Takes any one record that waits, whether it may be sent or not; NULL where none does. */
dh_entry *dh_order_drain(dh_order *order);

#endif
