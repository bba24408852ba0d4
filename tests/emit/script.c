/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/script.h"

#include <string.h>

#define GOOD "{\"value\":\"success\"}"

void script_handler(void *arg, const test_request *request, test_conn *conn)
{
  const script *s = arg;
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"val";
  const step *now = request->number < s->count ? &s->steps[request->number] : NULL;
  switch (now ? (int)now->what : (int)STEP_OK) {
  case STEP_STATUS:
    test_reply(conn, now->status, now->extra, now->body ? now->body : "",
               now->body ? strlen(now->body) : 0);
    break;
  case STEP_RESET:
    test_reset(conn);
    break;
  case STEP_CLOSE:
    test_close(conn);
    break;
  case STEP_HEAD_RESET:
    test_send(conn, head, sizeof(head) - 1);
    test_reset(conn);
    break;
  case STEP_TRUNCATE:
    test_truncate(conn, 200, GOOD, 5, strlen(GOOD));
    break;
  case STEP_STALL:
    test_stall(conn);
    break;
  case STEP_LATE:
    test_server_wait(test_conn_server(conn), request->number + 2);
    test_reply_text(conn, 200, GOOD);
    break;
  case STEP_GARBAGE:
    test_send(conn, "SSH-2.0-OpenSSH_9.2\r\n", 21);
    test_close(conn);
    break;
  default:
    test_reply_text(conn, 200, GOOD);
  }
}
