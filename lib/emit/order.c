/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/order.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BUCKETS_FIRST 1024
#define URN_ROOM ((size_t)192) /* nodes with this room are kept for reuse */

/* Multiply and fold, eight bytes at a time: spreads well and costs little for a key of a
 * hundred bytes. Seeded, so that chosen URNs cannot be made to collide. */
static uint64_t fold(uint64_t a, uint64_t b)
{
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_of(uint64_t seed, const char *bytes, size_t size)
{
  uint64_t hash = seed ^ (size * 0x9e3779b97f4a7c15u);
  uint64_t word;
  for (; size >= 8; bytes += 8, size -= 8) {
    memcpy(&word, bytes, 8);
    hash = fold(hash ^ word, 0xd6e8feb86659fd93u);
  }
  word = 0;
  memcpy(&word, bytes, size);
  return fold(hash ^ word, 0xa0761d6478bd642fu);
}

bool dh_order_init(dh_order *order, bool serial)
{
  memset(order, 0, sizeof(*order));
  order->serial = serial;
  order->buckets = calloc(BUCKETS_FIRST, sizeof(order->buckets[0]));
  order->mask = BUCKETS_FIRST - 1;
  if (getrandom(&order->seed, sizeof(order->seed), GRND_NONBLOCK) != sizeof(order->seed))
    order->seed = (uint64_t)(uintptr_t)order;
  return order->buckets != NULL;
}

static void free_chain(dh_urn_node *node)
{
  while (node) {
    dh_urn_node *next = node->chain;
    free(node);
    node = next;
  }
}

void dh_order_end(dh_order *order)
{
  if (order->buckets)
    for (size_t i = 0; i <= order->mask; i++)
      free_chain(order->buckets[i]);
  free_chain(order->spare);
  free(order->buckets);
  memset(order, 0, sizeof(*order));
}

/* Twice the buckets; where memory is short the chains just get longer. */
static void grow(dh_order *order)
{
  size_t count = (order->mask + 1) * 2;
  dh_urn_node **buckets = calloc(count, sizeof(buckets[0]));
  if (!buckets)
    return;
  for (size_t i = 0; i <= order->mask; i++) {
    dh_urn_node *node = order->buckets[i];
    while (node) {
      dh_urn_node *next = node->chain;
      dh_urn_node **bucket = &buckets[node->hash & (count - 1)];
      node->chain = *bucket;
      *bucket = node;
      node = next;
    }
  }
  free(order->buckets);
  order->buckets = buckets;
  order->mask = count - 1;
}

static bool same(const dh_urn_node *node, dh_slice urn)
{
  return node->size == urn.len && !memcmp(node->urn, urn.ptr, urn.len);
}

static dh_urn_node *make(dh_order *order, dh_slice urn, uint64_t hash)
{
  size_t room = urn.len <= URN_ROOM ? URN_ROOM : urn.len;
  dh_urn_node *node = order->spare;
  if (room == URN_ROOM && node)
    order->spare = node->chain;
  else
    node = malloc(sizeof(*node) + room);
  if (!node)
    return NULL;
  memset(node, 0, sizeof(*node));
  node->room = room;
  node->hash = hash;
  node->size = urn.len;
  if (urn.len)
    memcpy(node->urn, urn.ptr, urn.len);
  if (order->nodes++ > order->mask)
    grow(order);
  node->chain = order->buckets[hash & order->mask];
  order->buckets[hash & order->mask] = node;
  return node;
}

/* A node without records is given back. */
static void drop_if_idle(dh_order *order, dh_urn_node *node)
{
  if (node->waiting || node->flying)
    return;
  dh_urn_node **link = &order->buckets[node->hash & order->mask];
  while (*link != node)
    link = &(*link)->chain;
  *link = node->chain;
  order->nodes--;
  if (order->last == node)
    order->last = NULL;
  if (node->room != URN_ROOM) {
    free(node);
    return;
  }
  node->chain = order->spare;
  order->spare = node;
}

bool dh_order_find(dh_order *order, dh_entry *entry)
{
  dh_slice urn = order->serial ? (dh_slice){"", 0} : entry->record.urn;
  if (!order->last || !same(order->last, urn)) {
    uint64_t hash = hash_of(order->seed, urn.ptr, urn.len);
    dh_urn_node *node = order->buckets[hash & order->mask];
    while (node && (node->hash != hash || !same(node, urn)))
      node = node->chain;
    if (!node)
      node = make(order, urn, hash);
    if (!node)
      return false;
    order->last = node;
  }
  entry->node = order->last;
  return true;
}

static void push_ready(dh_order *order, dh_urn_node *node)
{
  node->next = NULL;
  if (order->ready_tail)
    order->ready_tail->next = node;
  else
    order->ready_head = node;
  order->ready_tail = node;
  order->ready += node->waiting;
  order->ready_bytes += node->waiting_bytes;
}

void dh_order_add(dh_order *order, dh_entry *entry)
{
  dh_urn_node *node = entry->node;
  entry->next = NULL;
  if (node->tail)
    node->tail->next = entry;
  else
    node->head = entry;
  node->tail = entry;
  node->waiting++;
  node->waiting_bytes += entry->record.proposal.len;
  order->waiting++;
  if (node->flying)
    return;
  if (node->waiting == 1) {
    push_ready(order, node);
  } else {
    order->ready++;
    order->ready_bytes += entry->record.proposal.len;
  }
}

static dh_entry *pop(dh_order *order, dh_urn_node *node)
{
  dh_entry *entry = node->head;
  node->head = entry->next;
  if (!node->head)
    node->tail = NULL;
  node->waiting--;
  node->waiting_bytes -= entry->record.proposal.len;
  order->waiting--;
  return entry;
}

size_t dh_order_take(dh_order *order, dh_entry **out, size_t max, size_t max_bytes)
{
  size_t count = 0, bytes = 0;
  while (order->ready_head && count < max) {
    dh_urn_node *node = order->ready_head;
    if (count && bytes + node->head->record.proposal.len > max_bytes)
      break;
    order->ready_head = node->next;
    if (!order->ready_head)
      order->ready_tail = NULL;
    order->ready -= node->waiting;
    order->ready_bytes -= node->waiting_bytes;
    while (node->head && count < max) {
      size_t size = node->head->record.proposal.len;
      if (count && bytes + size > max_bytes)
        break;
      out[count++] = pop(order, node);
      bytes += size;
      node->flying++;
    }
  }
  return count;
}

void dh_order_land(dh_order *order, dh_entry *entry)
{
  dh_urn_node *node = entry->node;
  entry->node = NULL;
  if (--node->flying)
    return;
  if (node->waiting)
    push_ready(order, node);
  else
    drop_if_idle(order, node);
}

dh_entry *dh_order_drain(dh_order *order)
{
  if (!order->waiting)
    return NULL;
  /* Only at the end of a run: what was ready no longer matters. */
  order->ready_head = order->ready_tail = NULL;
  order->ready = order->ready_bytes = 0;
  for (size_t i = 0; i <= order->mask; i++)
    for (dh_urn_node *node = order->buckets[i]; node; node = node->chain)
      if (node->head) {
        dh_entry *entry = pop(order, node);
        entry->node = NULL;
        drop_if_idle(order, node);
        return entry;
      }
  return NULL;
}
