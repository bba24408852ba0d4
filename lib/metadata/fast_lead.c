/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/fast_lead.h"
#include "metadata/fast_step.h"

#include <string.h>

/* One that has not been used, or 0. */
static uint16_t fresh(dh_fast *fast)
{
  if (fast->leads_used == DH_LEADS - 1) {
    memset(fast->leads, 0, sizeof(fast->leads));
    memset(fast->roots, 0, sizeof(fast->roots));
    fast->leads_used = 0;
    return 0;
  }
  return (uint16_t)++fast->leads_used;
}

dh_fast_lead *dh_lead_at(dh_fast *fast, uint16_t *link)
{
  dh_fast_lead *leads = fast->leads, *last = &leads[*link];
  if (link == &fast->no_link)
    return NULL;
  if (*link && !last->size)
    return last;
  uint16_t index = last->other;
  if (!index && !(index = fresh(fast)))
    return NULL;
  leads[index].other = *link;
  *link = index;
  return &leads[index];
}

static char *add(char *to, const char *text, size_t size)
{
  memcpy(to, text, size);
  return to + size;
}

/* Keeps the text, where it is not too long. */
static void keep(dh_fast_lead *lead, const char *from, const char *to, uint64_t lines)
{
  size_t size = (size_t)(to - from);
  lead->size = 0;
  if (size > DH_LEAD_SIZE)
    return;
  memcpy(lead->text, from, DH_LEAD_SIZE);
  lead->lines = (uint8_t)lines;
  lead->size = (uint8_t)size;
}

void dh_lead_learn(dh_fast_lead *lead, const char *from, const char *to, uint64_t lines,
                   bool quoted, const char *before, const char *name, size_t size,
                   const char *behind)
{
  size_t made = strlen(before) + size + strlen(behind);
  lead->ends = false;
  lead->quoted = quoted;
  lead->least = quoted ? 0 : '"' + 1;
  lead->size = 0;
  if (made > DH_LEAD_SIZE)
    return;
  lead->made_size = (uint8_t)made;
  lead->name_at = (uint8_t)(name - from);
  lead->name_size = (uint8_t)size;
  lead->bit = dh_fast_name_bit(name, size);
  add(add(add(lead->made, before, strlen(before)), name, size), behind, strlen(behind));
  keep(lead, from, to, lines);
}

void dh_lead_learn_end(dh_fast_lead *lead, const char *from, const char *to, uint64_t lines)
{
  lead->ends = true;
  lead->quoted = false;
  lead->least = 0;
  keep(lead, from, to, lines);
}
