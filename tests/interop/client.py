# SPDX-License-Identifier: Apache-2.0
"""DataHub's own Python emitter and command line against a local GMS.

    client.py SERVER TOKEN_FILE DATAHUB_COMMAND

Emits with a token in each of the client's modes, reads back, and is told 401 without one.
"""
import json
import os
import subprocess
import sys
import tempfile

os.environ["DATAHUB_TELEMETRY_ENABLED"] = "false"

import datahub.metadata.schema_classes as model  # noqa: E402
from datahub.configuration.common import OperationalError  # noqa: E402
from datahub.emitter.mcp import MetadataChangeProposalWrapper  # noqa: E402
from datahub.emitter.rest_emitter import DataHubRestEmitter  # noqa: E402
from datahub.ingestion.graph.client import DataHubGraph, DatahubClientConfig  # noqa: E402

URN = "urn:li:dataset:(urn:li:dataPlatform:hive,interop.%s,PROD)"
done = 0


def held(condition, what):
    global done
    if not condition:
        sys.exit("FAIL: " + what)
    done += 1
    print("ok:", what)


def proposals(name):
    urn = URN % name
    yield MetadataChangeProposalWrapper(
        entityUrn=urn,
        aspect=model.DatasetPropertiesClass(name=name, description="n\u00e4me \u2013 \U0001f600"),
    )
    yield MetadataChangeProposalWrapper(entityUrn=urn, aspect=model.StatusClass(removed=False))


def emitters(server, token):
    for openapi in (False, True):
        yield "OpenAPI" if openapi else "Rest.li", DataHubRestEmitter(
            server, token=token, openapi_ingestion=openapi, retry_max_times=1)


def emit_and_read(server, token):
    graph = DataHubGraph(DatahubClientConfig(server=server, token=token))
    for kind, emitter in emitters(server, token):
        emitter.test_connection()
        name = "one-" + kind
        for mcp in proposals(name):
            emitter.emit(mcp)
        found = graph.get_aspect(URN % name, model.DatasetPropertiesClass)
        held(found is not None and found.description == "n\u00e4me \u2013 \U0001f600",
             "%s: emitted one by one and read back" % kind)
        name = "batch-" + kind
        emitter.emit_mcps(list(proposals(name)))
        held(graph.get_aspect(URN % name, model.StatusClass).removed is False,
             "%s: emitted as a batch and read back" % kind)
        held(graph.exists(URN % name), "%s: the entity exists" % kind)


def refused(server, token, what):
    for kind, emitter in emitters(server, token):
        try:
            for mcp in proposals("never"):
                emitter.emit(mcp)
        except OperationalError as error:
            status = error.info.get("status") or error.info.get("message", "")
            held("401" in str(error) or "401" in str(status) or "401" in str(error.info),
                 "%s: %s: 401" % (kind, what))
        else:
            sys.exit("FAIL: %s: %s was taken" % (kind, what))


def command(datahub, server, token, *arguments):
    env = {k: v for k, v in os.environ.items() if not k.startswith("DATAHUB_")}
    env.update(DATAHUB_GMS_URL=server, DATAHUB_TELEMETRY_ENABLED="false",
               DATAHUB_SKIP_CONFIG="true")
    if token:
        env["DATAHUB_GMS_TOKEN"] = token
    run = subprocess.run([datahub, *arguments], env=env, text=True, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return run.returncode, run.stdout


def command_line(datahub, server, token):
    urn = URN % "cli"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "status.json")
        with open(path, "w", encoding="utf-8") as handle:
            json.dump({"removed": True}, handle)
        put = ("put", "--urn", urn, "--aspect", "status", "-d", path)
        code, out = command(datahub, server, token, *put)
        held(code == 0, "datahub put\n" + out if code else "datahub put")
        code, out = command(datahub, server, token, "get", "--urn", urn, "--aspect", "status")
        held(code == 0 and json.loads(out[out.index("{"):])["status"]["removed"] is True,
             "datahub get reads it back" if not code else "datahub get\n" + out)
        code, out = command(datahub, server, None, *put)
        held(code != 0 and "401" in out,
             "datahub put without a token: 401" if code else "datahub put without a token\n" + out)


def main():
    server, token_file, datahub = sys.argv[1:]
    with open(token_file, encoding="utf-8") as handle:
        token = handle.read().strip()
    emit_and_read(server, token)
    refused(server, None, "without a token")
    refused(server, "not-a-token", "with a wrong token")
    command_line(datahub, server, token)
    print("%d passed, 0 failed" % done)


main()
