/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conformance suite for descriptors, credentials and verifiers.
 */
#include "plugin_fake.h"

#include <stdlib.h>
#include <string.h>

/* A module that uses more services than this in one scenario is stopped being failed. */
#define FAIL_MAX 100

typedef dh_status (*open_fn)(const dh_host *host, const dh_options *options, void **self,
                             dh_error *error);

/* --- the descriptor --- */

static void check_option(dhub_probe *probe, const dh_option *option)
{
  static const dh_option end = {NULL, DH_OPT_STRING, 0, NULL, NULL, 0, 0, NULL};
  dh_option table[2] = {*option, end};
  dh_error error;
  if (!option->help || !*option->help)
    dhub_probe_finding(probe, "the option '%s' has no help: one sentence for the administrator",
                       option->name);
  if (option->type == DH_OPT_SECRET && option->default_value)
    dhub_probe_finding(probe, "the secret option '%s' has a default: a secret in a module is none",
                       option->name);
  if (option->default_value && (option->flags & DH_OPT_REQUIRED))
    dhub_probe_finding(probe, "the option '%s' is required and has a default: one of them is idle",
                       option->name);
  if (option->min > option->max)
    dhub_probe_finding(probe, "the range of the option '%s' is empty: min is above max",
                       option->name);
  if (!option->default_value)
    return;
  table[0].flags = 0;
  dh_options *options =
      dh_options_check(probe->context, table, probe->plugin->name, NULL, NULL, &error);
  if (!options)
    dhub_probe_finding(probe, "the default of the option '%s' does not pass its own check: %s",
                       option->name, error.message);
  dh_options_free(options);
}

static void check_file_name(dhub_probe *probe)
{
  const char *path = dh_module_path(probe->module);
  const char *file = strrchr(path, '/') + 1;
  size_t length = strlen(probe->plugin->name);
  if (strncmp(file, probe->plugin->name, length) || strcmp(file + length, ".so"))
    dhub_probe_note(probe,
                    "it calls itself '%s' and its file %s: a configuration finds it by the "
                    "file's name",
                    probe->plugin->name, file);
}

void dhub_probe_descriptor(dhub_probe *probe)
{
  const dh_plugin *plugin = probe->plugin;
  dhub_probe_step(probe, "reading its descriptor");
  if (!*plugin->version || !*plugin->summary || !*plugin->license)
    dhub_probe_finding(probe, "its version, summary or license is empty");
  if (strchr(plugin->summary, '\n'))
    dhub_probe_finding(probe, "its summary is more than one line");
  check_file_name(probe);
  for (const dh_option *option = plugin->options; option && option->name; option++)
    check_option(probe, option);
}

/* --- opening --- */

static void forbid_secrets(dhub_fake *fake, const dh_options *options)
{
  for (const dh_option *o = fake->probe->plugin->options; o && o->name; o++)
    if (o->type == DH_OPT_SECRET && dh_options_secret(options, o->name))
      dhub_fake_forbid(fake, dh_secret_bytes(dh_options_secret(options, o->name), NULL));
}

/* Opens with good options. False where it cannot be opened, which may be the options' fault. */
static bool open_role(dhub_fake *fake, open_fn open, const char *role, dh_options **options,
                      void **self)
{
  dhub_probe *probe = fake->probe;
  dh_error error;
  *self = NULL;
  *options = dhub_probe_options(probe, NULL, NULL, &error);
  if (!*options) {
    dhub_probe_note(probe, "not driven: %s; give options with -o KEY=VALUE", error.message);
    return false;
  }
  forbid_secrets(fake, *options);
  dh_error_clear(&error);
  dh_status status = open(&fake->host, *options, self, &error);
  dhub_probe_judge(probe, "open", status, &error);
  if (status == DH_OK)
    return true;
  if (!fake->fail_at)
    dhub_probe_note(probe, "not driven, open says %s: %s; give options with -o KEY=VALUE",
                    dh_status_name(status), error.message);
  dhub_fake_settle(fake, role);
  dh_options_free(*options);
  return false;
}

/* Each text option in turn with what nobody would write. Whatever it says, it must come back. */
static void open_with_hostile_options(dhub_probe *probe, open_fn open, void (*close)(void *self))
{
  static char longest[10001];
  static const char *const values[] = {"", "%s%n%s%n", "../../../../etc/passwd",
                                       "\xc3\xa9\xf0\x9f\x98\x80", longest};
  memset(longest, 'A', sizeof(longest) - 1);
  for (const dh_option *o = probe->plugin->options; o && o->name; o++)
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
      dhub_fake fake;
      dh_error error;
      void *self = NULL;
      if (o->type != DH_OPT_STRING && o->type != DH_OPT_PATH && o->type != DH_OPT_SECRET &&
          o->type != DH_OPT_LIST)
        break;
      dhub_fake_init(&fake, probe);
      dh_options *options = dhub_probe_options(probe, o->name, values[i], &error);
      if (!options)
        continue;
      dhub_probe_step(probe, "opening it with a hostile value of '%s'", o->name);
      dh_error_clear(&error);
      dh_status status = open(&fake.host, options, &self, &error);
      dhub_probe_judge(probe, "open", status, &error);
      if (status == DH_OK)
        close(self);
      dhub_fake_settle(&fake, "instance");
      dh_options_free(options);
    }
}

/* --- credentials --- */

static void check_acquired(dhub_fake *fake, dh_status status, const dh_credential *out)
{
  dhub_probe *probe = fake->probe;
  if (status == DH_OK && (!out->scheme || !out->value))
    dhub_probe_finding(probe, "acquire returned ok and set no credential%s%s",
                       fake->failed ? ", when the host failed its " : "",
                       fake->failed ? fake->failed : "");
  if (status != DH_OK && (out->scheme || out->value || out->expires_at_ms))
    dhub_probe_finding(probe, "acquire returned %s and had touched the credential: fill it last",
                       dh_status_name(status));
}

static void acquire_once(dhub_fake *fake, void *self, const dh_credential *prior)
{
  const dh_credential_role *role = fake->probe->plugin->credential;
  dh_credential_request request = {.struct_size = sizeof(request),
                                   .server = "https://datahub.example.com:443",
                                   .deadline_ms = dh_mono_ms(fake->probe->context) + 5000};
  dh_credential *out = dhub_fake_credential_new();
  dh_error error;
  if (!out)
    return;
  dh_error_clear(&error);
  dh_status status = role->acquire(self, &request, prior, out, &error);
  dhub_probe_judge(fake->probe, "acquire", status, &error);
  check_acquired(fake, status, out);
  dh_error_clear(&error);
  if (status == DH_OK && role->invalidate)
    role->invalidate(self, out);
  dhub_fake_credential_free(out);
}

/* Opens, acquires without and with a prior credential, closes. */
static bool credential_scenario(dhub_fake *fake)
{
  const dh_credential_role *role = fake->probe->plugin->credential;
  dh_options *options;
  void *self;
  dh_credential *prior = dhub_fake_credential_new();
  if (!prior || !open_role(fake, role->open, "credential", &options, &self)) {
    dhub_fake_credential_free(prior);
    return false;
  }
  prior->scheme = strdup("Bearer");
  prior->value = dh_secret_new(fake->probe->context, "prior-made-up-token", 19);
  dhub_fake_forbid(fake, "prior-made-up-token");
  dhub_fake_forbid(fake, "made-up-token-value");
  acquire_once(fake, self, NULL);
  acquire_once(fake, self, prior);
  acquire_once(fake, self, NULL);
  role->close(self);
  dhub_fake_settle(fake, "credential");
  dhub_fake_credential_free(prior);
  dh_options_free(options);
  return true;
}

/* One run with each service failing, until a run in which none was left to fail. */
static void fail_in_turn(dhub_probe *probe, bool (*scenario)(dhub_fake *fake), int answer)
{
  for (size_t n = 1; n <= FAIL_MAX; n++) {
    dhub_fake fake;
    dhub_fake_init(&fake, probe);
    fake.fail_at = n;
    fake.answer = answer;
    dhub_probe_step(probe, "the host failed its service call number %zu", n);
    scenario(&fake);
    if (!fake.failed)
      return;
  }
}

static bool with_each_answer(dhub_probe *probe, bool (*scenario)(dhub_fake *fake))
{
  for (int i = 0; i < dhub_fake_answers(); i++) {
    dhub_fake fake;
    dhub_fake_init(&fake, probe);
    fake.answer = i;
    dhub_probe_step(probe, "the host answered HTTP requests with %s", dhub_fake_answer_name(i));
    if (!scenario(&fake))
      return false;
  }
  return true;
}

void dhub_probe_credential(dhub_probe *probe)
{
  const dh_credential_role *role = probe->plugin->credential;
  if (!role) {
    dhub_probe_absent(probe);
    return;
  }
  open_with_hostile_options(probe, role->open, role->close);
  if (!with_each_answer(probe, credential_scenario))
    return;
  fail_in_turn(probe, credential_scenario, 0);
}

/* --- verifiers --- */

#define TOKENS_MAX 24
static struct presented {
  const char *what, *scheme, *token;
  bool forged; /* no verifier with a key may take it */
} tokens[TOKENS_MAX] = {
    {"an empty token", "Bearer", "", false},
    {"one letter", "Bearer", "a", false},
    {"an opaque token", "Bearer", "opaque-made-up-token", false},
    {"a scheme that is not known", "Negotiate", "opaque-made-up-token", false},
    {"an empty scheme", "", "opaque-made-up-token", false},
    {"a Basic pair", "Basic", "made-up-user:made-up-password", false},
    {"a Basic pair in base64", "Basic", "bWFkZS11cDptYWRlLXVw", false},
    {"dots alone", "Bearer", "..", false},
    {"many dots", "Bearer", "a.b.c.d.e.f.g", false},
    {"a JWT whose parts are not base64url", "Bearer", "eyJ!!!!.????.####", false},
    {"a JWT with the algorithm none", "Bearer",
     "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."
     "eyJzdWIiOiJkYXRhaHViIiwidHlwZSI6IlBFUlNPTkFMIiwidmVyc2lvbiI6IjEiLCJhY3RvclR5cGUiOiJVU0VSIiwi"
     "YWN0b3JJZCI6ImRhdGFodWIiLCJpc3MiOiJkYXRhaHViLW1ldGFkYXRhLXNlcnZpY2UifQ.",
     true},
    {"a JWT with a signature of nothing", "Bearer",
     "eyJhbGciOiJIUzI1NiJ9."
     "eyJzdWIiOiJkYXRhaHViIiwidHlwZSI6IlBFUlNPTkFMIiwidmVyc2lvbiI6IjEiLCJhY3RvclR5cGUiOiJVU0VSIiwi"
     "YWN0b3JJZCI6ImRhdGFodWIiLCJpc3MiOiJkYXRhaHViLW1ldGFkYXRhLXNlcnZpY2UifQ.AAAA",
     true},
    {"a JWT with an empty header", "Bearer", "e30.e30.AAAA", true},
    {"a JWT that is JSON null", "Bearer", "bnVsbA.bnVsbA.AAAA", true},
    {"printf's letters", "Bearer", "%s%n%s%n%p%p%p%p", false},
    {"bytes that are not text", "Bearer", "\x01\x02\xff\xfe\x80\x7f", false},
    {"SQL", "Bearer", "x'; DROP TABLE tokens; --", false},
};

static size_t fill_tokens(void)
{
  static char longest[65536], nested[20001];
  size_t count = 0;
  while (count < TOKENS_MAX && tokens[count].what)
    count++;
  if (!longest[0]) {
    memset(longest, 'A', sizeof(longest) - 1);
    memset(nested, '.', sizeof(nested) - 1);
    tokens[count++] = (struct presented){"64 KiB of one letter", "Bearer", longest, false};
    tokens[count++] = (struct presented){"20,000 dots", "Bearer", nested, false};
  }
  return count;
}

static dh_status verify_once(dhub_fake *fake, void *self, const struct presented *shown)
{
  const dh_verifier_role *role = fake->probe->plugin->verifier;
  dh_presented presented = {.struct_size = sizeof(presented),
                            .scheme = shown->scheme,
                            .token = shown->token,
                            .token_size = strlen(shown->token)};
  dh_principal *principal = dhub_fake_principal_new();
  dh_error error;
  if (!principal)
    return DH_NO_MEMORY;
  dh_error_clear(&error);
  dh_status status = role->verify(self, &presented, principal, &error);
  dhub_probe_judge(fake->probe, "verify", status, &error);
  if (status == DH_OK && !principal->text[DH_PRINCIPAL_ACTOR])
    dhub_probe_finding(fake->probe, "verify returned ok and named no actor%s%s",
                       fake->failed ? ", when the host failed its " : "",
                       fake->failed ? fake->failed : "");
  dhub_fake_principal_free(principal);
  return status;
}

/* A module that takes a forged JWT and no other nonsense reads JWTs and does not check them. One
 * that takes anything is meant so; one that asked a server did what the server said. */
static void check_accepted(dhub_fake *fake, const bool accepted[TOKENS_MAX], size_t count)
{
  bool forged = false, other = false;
  for (size_t i = 0; i < count; i++) {
    forged = forged || (accepted[i] && tokens[i].forged);
    other = other || (accepted[i] && !tokens[i].forged);
  }
  if (fake->fail_at || fake->asked)
    return;
  if (forged && other)
    dhub_probe_note(fake->probe,
                    "it accepts whatever is presented: fit for a test, never for a server");
  else if (forged)
    dhub_probe_finding(fake->probe,
                       "it accepted a forged JWT (no signature, or the algorithm none)");
}

static bool verifier_scenario(dhub_fake *fake)
{
  const dh_verifier_role *role = fake->probe->plugin->verifier;
  bool accepted[TOKENS_MAX] = {false};
  size_t count = fill_tokens();
  dh_options *options;
  void *self;
  if (!open_role(fake, role->open, "verifier", &options, &self))
    return false;
  for (size_t i = 0; i < count; i++)
    dhub_fake_forbid(fake, tokens[i].token);
  for (size_t i = 0; i < count; i++) {
    if (!fake->fail_at)
      dhub_probe_step(fake->probe, "verifying %s", tokens[i].what);
    accepted[i] = verify_once(fake, self, &tokens[i]) == DH_OK;
  }
  check_accepted(fake, accepted, count);
  role->close(self);
  dhub_fake_settle(fake, "verifier");
  dh_options_free(options);
  return true;
}

/* --- threads --- */

#define THREADS 4
#define ROUNDS 20

struct crowd {
  dhub_fake *fake;
  void *self;
  size_t count;
  dh_status expected[TOKENS_MAX];
};

static void *verify_many(void *arg)
{
  struct crowd *crowd = arg;
  for (size_t round = 0; round < ROUNDS; round++)
    for (size_t i = 0; i < crowd->count; i++)
      if (!verify_once(crowd->fake, crowd->self, &tokens[i]) != !crowd->expected[i])
        dhub_probe_finding(crowd->fake->probe,
                           "verify decides otherwise when several threads call it at once (%s)",
                           tokens[i].what);
  return NULL;
}

static void from_several_threads(dhub_probe *probe)
{
  dhub_fake fake;
  struct crowd crowd = {.fake = &fake, .count = fill_tokens()};
  pthread_t threads[THREADS];
  dh_options *options;
  dhub_fake_init(&fake, probe);
  fake.answer = 2;
  if (!open_role(&fake, probe->plugin->verifier->open, "verifier", &options, &crowd.self))
    return;
  for (size_t i = 0; i < crowd.count; i++)
    crowd.expected[i] = verify_once(&fake, crowd.self, &tokens[i]);
  dhub_probe_step(probe, "verifying from %d threads at once", THREADS);
  size_t started = 0;
  while (started < THREADS && !pthread_create(&threads[started], NULL, verify_many, &crowd))
    started++;
  while (started)
    pthread_join(threads[--started], NULL);
  probe->plugin->verifier->close(crowd.self);
  dhub_fake_settle(&fake, "verifier");
  dh_options_free(options);
}

void dhub_probe_verifier(dhub_probe *probe)
{
  const dh_verifier_role *role = probe->plugin->verifier;
  if (!role) {
    dhub_probe_absent(probe);
    return;
  }
  open_with_hostile_options(probe, role->open, role->close);
  if (!with_each_answer(probe, verifier_scenario))
    return;
  fail_in_turn(probe, verifier_scenario, 0);
  from_several_threads(probe);
}
