/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SASL/OAUTHBEARER with the sink's credential, seen from the broker: a listener that
 * speaks just enough of Kafka to be shown a token and to take or refuse it.
 */
#include "cluster.h"
#include "suite.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SASL_HANDSHAKE 17
#define API_VERSIONS 18
#define SASL_AUTHENTICATE 36
#define TOKENS 64

typedef struct broker {
  int fd;
  unsigned port;
  pthread_t thread;
  atomic_bool stop;
  bool refuses;
  pthread_mutex_t lock;
  char shown[TOKENS][300]; /* what clients said, NULs made visible */
  size_t count;
} broker;

static broker b;

static bool take_all(int fd, void *to, size_t size)
{
  for (char *at = to; size;) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (atomic_load(&b.stop))
      return false;
    if (poll(&wait, 1, 50) <= 0)
      continue;
    ssize_t n = read(fd, at, size);
    if (n <= 0)
      return false;
    at += n;
    size -= (size_t)n;
  }
  return true;
}

static void answer(int fd, const unsigned char *correlation, const void *body, size_t size)
{
  unsigned char frame[200] = {0, 0, 0, (unsigned char)(size + 4)};
  memcpy(frame + 4, correlation, 4);
  memcpy(frame + 8, body, size);
  ssize_t n = write(fd, frame, size + 8);
  (void)n;
}

static void note(const unsigned char *said, size_t size)
{
  pthread_mutex_lock(&b.lock);
  char *to = b.shown[b.count++ % TOKENS];
  size_t n = size < sizeof(b.shown[0]) ? size : sizeof(b.shown[0]) - 1;
  for (size_t i = 0; i < n; i++)
    to[i] = said[i] < 0x20 ? '|' : (char)said[i];
  to[n] = '\0';
  pthread_mutex_unlock(&b.lock);
}

/* size, key, version, correlation, client id, body. */
static bool one_request(int fd)
{
  static const unsigned char mechanisms[] = {0,   0,   0,   0,   0,   1,   0,   11,  'O', 'A',
                                             'U', 'T', 'H', 'B', 'E', 'A', 'R', 'E', 'R'};
  static const unsigned char taken[] = {0, 0, 0xff, 0xff, 0, 0, 0, 0};
  static const unsigned char refused[] = {0, 58, 0, 2, 'n', 'o', 0, 0, 0, 0};
  unsigned char head[4], request[4096];
  if (!take_all(fd, head, 4))
    return false;
  size_t size = (size_t)head[2] << 8 | head[3];
  if (head[0] || head[1] || size < 10 || size > sizeof(request) || !take_all(fd, request, size))
    return false;
  unsigned key = (unsigned)request[0] << 8 | request[1];
  size_t body = 10 + ((size_t)request[8] << 8 | request[9]);
  if (key == API_VERSIONS) {
    /* An error (35: a version too new) and, for each request, its key, oldest, newest. */
    unsigned char versions[] = {0, 0,
                                0, 0,
                                0, 4,
                                0, 3,
                                0, 0,
                                0, 1,
                                0, SASL_HANDSHAKE,
                                0, 0,
                                0, 1,
                                0, 18,
                                0, 0,
                                0, 0,
                                0, SASL_AUTHENTICATE,
                                0, 0,
                                0, 0};
    versions[1] = request[3] ? 35 : 0;
    answer(fd, request + 4, versions, sizeof(versions));
    return true;
  }
  if (key == SASL_HANDSHAKE) {
    answer(fd, request + 4, mechanisms, sizeof(mechanisms));
    return true;
  }
  if (key != SASL_AUTHENTICATE || body + 4 > size)
    return false;
  note(request + body + 4, size - body - 4);
  if (b.refuses)
    answer(fd, request + 4, refused, sizeof(refused));
  else
    answer(fd, request + 4, taken, sizeof(taken));
  return !b.refuses;
}

static void *broker_main(void *arg)
{
  (void)arg;
  while (!atomic_load(&b.stop)) {
    struct pollfd wait = {.fd = b.fd, .events = POLLIN};
    if (poll(&wait, 1, 50) <= 0)
      continue;
    int fd = accept(b.fd, NULL, NULL);
    while (fd >= 0 && one_request(fd))
      ;
    if (fd >= 0)
      close(fd);
  }
  return NULL;
}

static void broker_start(void)
{
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof(at);
  memset(&b, 0, sizeof(b));
  pthread_mutex_init(&b.lock, NULL);
  b.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert_int_eq(bind(b.fd, (struct sockaddr *)&at, sizeof(at)), 0);
  ck_assert_int_eq(listen(b.fd, 16), 0);
  ck_assert_int_eq(getsockname(b.fd, (struct sockaddr *)&at, &size), 0);
  b.port = ntohs(at.sin_port);
}

static size_t shown(void)
{
  pthread_mutex_lock(&b.lock);
  size_t count = b.count;
  pthread_mutex_unlock(&b.lock);
  return count;
}

/* --- the tests --- */

static fixture f;
static dh_error error;
static test_server *registry;

static void start(void)
{
  char bootstrap[60];
  broker_start();
  registry = test_server_start(cluster_registry, NULL);
  fixture_init(&f, "datahub-kafka", NULL);
  snprintf(bootstrap, sizeof(bootstrap), "127.0.0.1:%u", b.port);
  fixture_set(&f, "connection.bootstrap", bootstrap);
  fixture_set(&f, "connection.schema_registry_url", test_server_url(registry));
  fixture_set(&f, "connection.producer_config.security_protocol", "sasl_plaintext");
  fixture_set(&f, "connection.producer_config.sasl_mechanism", "OAUTHBEARER");
  fixture_set(&f, "connection.producer_config.reconnect_backoff_ms", "10");
  fixture_set(&f, "connection.producer_config.reconnect_backoff_max_ms", "20");
}

static void listen_now(void)
{
  ck_assert_int_eq(pthread_create(&b.thread, NULL, broker_main, NULL), 0);
}

static void stop(void)
{
  fixture_end(&f);
  test_server_stop(registry);
  atomic_store(&b.stop, true);
  if (b.thread)
    pthread_join(b.thread, NULL);
  close(b.fd);
}

START_TEST(the_brokers_are_shown_the_sinks_token)
{
  fixture_set(&f, "token", "not-a-real-one");
  fixture_set(&f, "connection.producer_config.sasl_oauthbearer_extensions",
              "logicalCluster=lkc-1,identityPoolId=pool-1");
  listen_now();
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  for (int i = 0; !shown() && i < 200; i++)
    ck_assert_int_eq(dh_emitter_flush(f.emitter, 100, &error), DH_TIMEOUT);
  ck_assert_uint_ge(shown(), 1);
  ck_assert_msg(strstr(b.shown[0], "auth=Bearer not-a-real-one|") != NULL, "%s", b.shown[0]);
  ck_assert_ptr_nonnull(strstr(b.shown[0], "logicalCluster=lkc-1|"));
  ck_assert_ptr_nonnull(strstr(b.shown[0], "identityPoolId=pool-1|"));
  ck_assert(fixture_logged(&f, "in clear text"));
  ck_assert(!fixture_logged(&f, "not-a-real-one"));
  ck_assert_int_ne(fixture_close(&f, 0, &error), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 1);
}
END_TEST

START_TEST(a_refused_token_stops_the_run_in_words)
{
  b.refuses = true;
  fixture_set(&f, "token", "not-a-real-one");
  listen_now();
  fixture_open(&f);
  fixture_emit_many(&f, 3, 2);
  ck_assert_msg(fixture_close(&f, 60000, &error) == DH_DENIED, "%s\n%s", error.message,
                f.ledger->log);
  ck_assert_msg(strstr(error.message, "refuse the credentials") && strstr(error.message, "`auth`"),
                "%s", error.message);
  ck_assert_ptr_null(strstr(error.message, "not-a-real-one"));
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 3);
  ck_assert_uint_ge(shown(), 2);
}
END_TEST

START_TEST(without_a_stack_there_is_no_token)
{
  listen_now();
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, 60000, &error), DH_MISCONFIGURED);
  ck_assert_msg(strstr(error.message, "OAUTHBEARER") && strstr(error.message, "`auth`"), "%s",
                error.message);
  ck_assert_uint_eq(shown(), 0);
}
END_TEST

/* The environment's token is GMS's, not the brokers'. */
START_TEST(the_environments_token_is_never_shown_to_brokers)
{
  setenv("DATAHUB_GMS_TOKEN", "meant-for-gms", 1);
  listen_now();
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, 60000, &error), DH_MISCONFIGURED);
  ck_assert_uint_eq(shown(), 0);
}
END_TEST

static TCase *case_oauth(void)
{
  TCase *t = tcase_create("oauth");
  tcase_add_checked_fixture(t, start, stop);
  tcase_set_timeout(t, 120);
  tcase_add_test(t, the_brokers_are_shown_the_sinks_token);
  tcase_add_test(t, a_refused_token_stops_the_run_in_words);
  tcase_add_test(t, without_a_stack_there_is_no_token);
  tcase_add_test(t, the_environments_token_is_never_shown_to_brokers);
  return t;
}

SUITE("kafka oauth", case_oauth())
