# SPDX-License-Identifier: Apache-2.0
"""Which source of a credential is taken: ours against DataHub's own Python client.

    sources.py DHUB

Each row is an environment, a ~/.datahubenv and a sink. The client resolves them with its own
code and prepares a request; `dhub auth explain` says what it would take. Every source has a
secret of its own, so that the header tells where it came from. Nothing is sent.
"""
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

os.environ["DATAHUB_TELEMETRY_ENABLED"] = "false"

import requests  # noqa: E402
import yaml  # noqa: E402
from datahub.cli import config_utils  # noqa: E402
from datahub.ingestion.sink.datahub_rest import (  # noqa: E402
    DatahubRestSink,
    DatahubRestSinkConfig,
)

GMS = "https://gms.example.com/api/gms"
OTHER = "https://other.example.com"
HOME = pathlib.Path(tempfile.mkdtemp(prefix="dhub-interop."))
TOKEN_FILE = HOME / "projected-token"

SINK, AUTH, TYPE, TOKEN, SYSTEM, FILE, NONE, ERROR = (
    "the sink's token", "the sink's auth", "DATAHUB_AUTH_TYPE", "DATAHUB_GMS_TOKEN",
    "DATAHUB_SYSTEM_CLIENT_ID", "~/.datahubenv", "none", "error")
HEADERS = {
    None: NONE,
    "Bearer own-token": SINK,
    "Bearer auth-token": AUTH,
    "Bearer type-token": TYPE,
    "Bearer env-token": TOKEN,
    "Basic made-up-id:made-up-pair": SYSTEM,
    "Bearer file-token": FILE,
}

URL = {"DATAHUB_GMS_URL": GMS}
ENV_TOKEN = {"DATAHUB_GMS_TOKEN": "env-token"}
K8S = {"DATAHUB_AUTH_TYPE": "k8s_oidc", "DATAHUB_AUTH_TOKEN_FILE": str(TOKEN_FILE)}
PAT_FILE = {"DATAHUB_AUTH_TYPE": "pat", "DATAHUB_AUTH_TOKEN_FILE": str(TOKEN_FILE)}
PAIR = {"DATAHUB_SYSTEM_CLIENT_ID": "made-up-id", "DATAHUB_SYSTEM_CLIENT_SECRET": "made-up-pair"}
SKIP = {"DATAHUB_SKIP_CONFIG": "true"}
ENV_FILE = {"gms": {"server": GMS, "token": "file-token"}}
BARE = {"server": GMS}

# Where ours is another on purpose: doc/internals/wire-differences.md.
OWN_TOKEN = "a sink without a credential takes DATAHUB_GMS_TOKEN, of its own server"
OWN_FILE = "a sink without a credential takes ~/.datahubenv's, of its own server"
PAIR_FIRST = "the environment's system client comes before the file"

# environment, ~/.datahubenv, the sink's config (None: no sink at all), what ours takes where it
# is not what theirs does, and why
ROWS = [
    ({}, None, BARE),
    ({}, None, None),
    # the sink's own
    ({**URL, **ENV_TOKEN, **K8S, **PAIR}, ENV_FILE, {**BARE, "token": "own-token"}),
    ({**URL, **ENV_TOKEN, **K8S, **PAIR}, ENV_FILE,
     {**BARE, "auth": {"type": "static", "config": {"token": "auth-token"}}}),
    ({**URL, **K8S}, None, {**BARE, "auth": {"type": "pat", "config": {"token": "auth-token"}}}),
    ({}, None, {**BARE, "token": "own-token",
                "auth": {"type": "static", "config": {"token": "auth-token"}}}),
    # DATAHUB_AUTH_TYPE, and its origin
    ({**URL, **K8S}, None, BARE),
    ({**URL, **K8S, **ENV_TOKEN, **PAIR}, ENV_FILE, BARE),
    ({**URL, **PAT_FILE, **ENV_TOKEN}, None, BARE),
    ({**URL, **K8S, **ENV_TOKEN, **PAIR}, ENV_FILE, None),
    ({**K8S}, ENV_FILE, None),
    ({"DATAHUB_GMS_URL": OTHER, **K8S}, None, BARE),
    ({"DATAHUB_GMS_URL": OTHER, **K8S, **PAIR}, None, BARE),
    ({"DATAHUB_GMS_URL": "http://gms.example.com", **K8S}, None, BARE),
    ({"DATAHUB_GMS_URL": "https://gms.example.com:8443", **K8S}, None, BARE),
    ({"DATAHUB_GMS_URL": "https://gms.example.com:443", **K8S}, None, BARE),
    ({"DATAHUB_GMS_URL": "https://GMS.example.com/gms/", **K8S}, None, BARE),
    ({"DATAHUB_GMS_URL": GMS, **K8S}, None, {"server": "http://gms.example.com"}),
    ({**K8S}, None, BARE),
    ({"DATAHUB_GMS_HOST": "gms.example.com", "DATAHUB_GMS_PORT": "443",
      "DATAHUB_GMS_PROTOCOL": "https", "DATAHUB_GMS_URL": OTHER, **K8S}, None, BARE),
    ({"DATAHUB_GMS_HOST": GMS, **K8S}, None, BARE),
    ({**URL, "DATAHUB_AUTH_TYPE": "kerberos"}, None, BARE),
    ({**URL, "DATAHUB_AUTH_TYPE": "pat"}, None, BARE),
    ({**URL, "DATAHUB_AUTH_TYPE": "oidc_client_credentials"}, None, BARE),
    ({**URL, "DATAHUB_AUTH_TYPE": "azure_entra"}, None, BARE),
    ({**URL, "DATAHUB_AUTH_TYPE": ""}, None, BARE),
    # DATAHUB_GMS_TOKEN
    ({**URL, **ENV_TOKEN}, None, None),
    ({**URL, **ENV_TOKEN, **PAIR}, ENV_FILE, None),
    ({**URL, **ENV_TOKEN}, None, BARE, TOKEN, OWN_TOKEN),
    ({"DATAHUB_GMS_URL": OTHER, **ENV_TOKEN}, None, BARE),
    # the system client
    ({**PAIR}, None, BARE),
    ({**URL, **PAIR}, ENV_FILE, None),
    ({**URL, "DATAHUB_SYSTEM_CLIENT_ID": "made-up-id"}, None, None),
    ({**PAIR}, ENV_FILE, BARE),
    ({**PAIR}, ENV_FILE, None, SYSTEM, PAIR_FIRST),
    # ~/.datahubenv
    ({}, ENV_FILE, None),
    ({**SKIP}, ENV_FILE, None),
    ({**SKIP, **URL, **ENV_TOKEN}, ENV_FILE, None),
    ({**URL}, {"gms": {"server": OTHER, "token": "file-token"}}, None),
    ({}, {"gms": {"server": GMS}}, None),
    ({}, ENV_FILE, BARE, FILE, OWN_FILE),
    ({**SKIP}, ENV_FILE, BARE),
]


def theirs(sink):
    try:
        if sink is None:
            found = config_utils.load_client_config()
            sink = {"server": found.server, "token": found.token, "auth": found.auth}
        config = DatahubRestSinkConfig.model_validate(sink)
        emitter = DatahubRestSink.make_emitter(config)
        request = emitter._session.prepare_request(
            requests.Request("GET", config.server + "/health"))
    except (Exception, SystemExit) as error:
        return ERROR, str(error).splitlines()[0] if str(error) else repr(error)
    header = request.headers.get("Authorization")
    return HEADERS[header.decode() if isinstance(header, bytes) else header], ""


def ours(dhub, env, sink):
    command = [*dhub, "auth", "explain", "--quiet"]
    if sink is not None:
        recipe = HOME / "recipe.yml"
        recipe.write_text(yaml.safe_dump({"sink": {"type": "datahub-rest", "config": sink}}))
        command += ["-c", str(recipe)]
    run = subprocess.run(command, env=env, text=True, check=False, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    if run.returncode:
        return ERROR, run.stdout
    for line in run.stdout.splitlines():
        name, _, said = line.strip().partition(": ")
        if said.startswith("taken"):
            return name, run.stdout
    return NONE, run.stdout


def main():
    dhub = shlex.split(sys.argv[1])
    plain = {k: v for k, v in os.environ.items()
             if not k.startswith("DATAHUB_") or k in ("DATAHUB_PLUGIN_PATH",
                                                      "DATAHUB_TELEMETRY_ENABLED")}
    plain["HOME"] = str(HOME)
    TOKEN_FILE.write_text("type-token\n")
    env_file = HOME / ".datahubenv"
    config_utils.DATAHUB_CONFIG_PATH = str(env_file)
    failed, differences = 0, 0
    for row in ROWS:
        settings, content, sink = row[:3]
        env_file.unlink(missing_ok=True)
        if content:
            env_file.write_text(yaml.safe_dump(content))
            env_file.chmod(0o600)
        os.environ.clear()
        os.environ.update(plain, **settings)
        their, their_words = theirs(sink)
        our, our_words = ours(dhub, dict(os.environ), sink)
        wanted = row[3] if len(row) > 3 else their
        if our == wanted and (len(row) == 3 or our != their):
            if len(row) > 3:
                differences += 1
                print("on purpose: theirs %s, ours %s: %s" % (their, our, row[4]))
            continue
        failed += 1
        print("FAIL: %r, file %r, sink %r: theirs %s (%s), ours %s\n%s"
              % (settings, content, sink, their, their_words, our, our_words))
    for left in HOME.iterdir():
        left.unlink()
    HOME.rmdir()
    print("%d rows, %d other on purpose, %d failed" % (len(ROWS), differences, failed))
    sys.exit(1 if failed else 0)


main()
