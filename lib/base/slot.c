/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slot.h"

#include <stdatomic.h>

unsigned dh_thread_slot(void)
{
  static atomic_uint next;
  static _Thread_local unsigned mine; /* one more than the slot; 0: not drawn yet */
  if (!mine)
    mine = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed) % DH_SLOTS + 1;
  return mine - 1;
}
