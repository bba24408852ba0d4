/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token endpoint answers, good (oauth_answer_read) and bad (oauth_refusal_read).
 */
#include "plugins/oauth/answer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char why[256];
  oauth_answer answer;
  oauth_refusal refusal;
  oauth_answer_init(&answer);
  if (oauth_answer_read(&answer, (const char *)data, size, why, sizeof(why))) {
    /* What was taken can stand in a header, and ends. */
    if (!answer.access_token.size || !answer.token_type.size || answer.expires_in == 0 ||
        answer.expires_in < -1 || answer.expires_in > OAUTH_LONGEST_S)
      abort();
    for (size_t i = 0; i < answer.access_token.size; i++)
      if ((unsigned char)answer.access_token.data[i] <= 0x20)
        abort();
  } else if (!memchr(why, '\0', sizeof(why)) || !why[0]) {
    abort();
  }
  oauth_answer_clear(&answer);
  oauth_refusal_read(&refusal, (const char *)data, size);
  for (const char *c = refusal.description; *c; c++)
    if ((unsigned char)*c < 0x20)
      abort();
  return 0;
}
