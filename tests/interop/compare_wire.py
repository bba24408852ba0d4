#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what we post against what DataHub's own Python client posts, record by record.

    compare_wire.py [--ours COMMAND] FILE...

Each file is read by the client's file source and posted by its REST emitter as the
datahub-rest sink does it (ASYNC_BATCH, Rest.li) to a server on the loopback that records
the proposals. COMMAND FILE (default: tests/interop/dump_wire, which `make` builds by that name; `dhub emit
--dry-run` will do) prints ours, one JSON proposal a line, and names bad records on stderr. Both are compared by
meaning: the aspect's string is parsed, members are in no order. Differences that are on
purpose (doc/internals/wire-differences.md) are counted by name; any other is printed, and
the exit status is 1. Needs the Python package acryl-datahub.
"""

import argparse
import collections
import http.server
import json
import os
import pathlib
import shlex
import subprocess
import sys
import threading

os.environ["DATAHUB_TELEMETRY_ENABLED"] = "false"

from datahub.emitter.mcp import MetadataChangeProposalWrapper  # noqa: E402
from datahub.emitter.mcp_builder import mcps_from_mce  # noqa: E402
from datahub.emitter.rest_emitter import DatahubRestEmitter, EmitMode  # noqa: E402
from datahub.emitter.serialization_helper import (  # noqa: E402
    post_json_transform,
    pre_json_transform,
)
from datahub.emitter.aspect import ASPECT_MAP  # noqa: E402
from datahub.ingestion.source.file import _from_obj_for_file  # noqa: E402
from datahub.metadata.schema_classes import MetadataChangeEventClass  # noqa: E402

BATCH = 100


class Recorder(http.server.BaseHTTPRequestHandler):
    """Says that it is a GMS and keeps what is posted."""

    protocol_version = "HTTP/1.1"
    proposals = []

    def answer(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer({"noCode": "true", "versions": {}, "datahub": {"serverType": "prod"}})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Recorder.proposals += body.get("proposals") or [body["proposal"]]
        self.answer({"value": "success"})

    def log_message(self, *args):
        pass


def theirs(emitter, path):
    """What the Python client posts for a file, and the records that it could not read."""
    contents = json.loads(path.read_text())
    records = contents if isinstance(contents, list) else [contents]
    mcps, refused, dropped = [], [], 0
    for index, record in enumerate(records, 1):
        try:
            item = _from_obj_for_file(record)
        except Exception as error:
            refused.append((index, str(error)[:200]))
            continue
        if item is None:
            dropped += 1
        elif isinstance(item, MetadataChangeEventClass):
            mcps += mcps_from_mce(item)
        else:
            mcps.append(item)
    Recorder.proposals = []
    for start in range(0, len(mcps), BATCH):
        emitter.emit_mcps(mcps[start : start + BATCH], emit_mode=EmitMode.ASYNC)
    return Recorder.proposals, refused, dropped


def ours(command, path):
    done = subprocess.run(command + [str(path)], capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if ": record " in line]
    return [json.loads(line) for line in done.stdout.splitlines()], complaints


def through_model(proposal, value):
    """The value as the client's own classes read and write it: with each default filled in."""
    if proposal["changeType"] != "UPSERT" or proposal["aspectName"] not in ASPECT_MAP:
        return value
    aspect = ASPECT_MAP[proposal["aspectName"]].from_obj(post_json_transform(value))
    return pre_json_transform(aspect.to_obj())


def meaning(proposal):
    """A proposal to compare: the aspect parsed, what every client sets for itself apart."""
    p = json.loads(json.dumps(proposal))
    if p.get("aspect"):
        p["aspect"]["value"] = json.loads(p["aspect"]["value"])
    properties = p["systemMetadata"].get("properties", {})
    for name in ("clientId", "clientVersion"):
        assert properties.pop(name, None), f"no {name} in {proposal}"
    return p


def is_recent(ms, now):
    return abs(ms - now) < 3600 * 1000


def differences(a, b, counted):
    """What is left between theirs (a) and ours (b) once each known difference is counted."""
    a, b = meaning(a), meaning(b)
    if a == b:
        return None
    if a["changeType"] == b["changeType"] == "PATCH":
        if a["aspect"]["contentType"] == "application/json":
            counted["patch-content-type"] += 1
            a["aspect"]["contentType"] = "application/json-patch+json"
    now = differences.now
    if a["systemMetadata"]["lastObserved"] != b["systemMetadata"]["lastObserved"]:
        if all(is_recent(p["systemMetadata"]["lastObserved"], now) for p in (a, b)):
            b["systemMetadata"]["lastObserved"] = a["systemMetadata"]["lastObserved"]
    if a.get("aspect") and a["aspect"]["value"] != b["aspect"]["value"]:
        filled = through_model(b, b["aspect"]["value"])
        if filled == a["aspect"]["value"]:
            counted["defaults-filled-in"] += 1
            b["aspect"]["value"] = filled
    return None if a == b else (a, b)


def compare(path, emitter, command, counted):
    import time

    differences.now = time.time() * 1000
    a, refused, dropped = theirs(emitter, path)
    b, complaints = ours(command, path)
    counted["records"] += len(b)
    counted["usage-records-dropped"] += dropped
    problems = []
    if refused or len(complaints) != dropped:
        problems.append(f"they refused {refused}, we said {complaints}")
    if len(a) != len(b):
        problems.append(f"they post {len(a)} proposals, we {len(b)}")
    for number, (x, y) in enumerate(zip(a, b), 1):
        left = differences(x, y, counted)
        if left:
            problems.append(f"proposal {number}\n  theirs {json.dumps(left[0], sort_keys=True)}"
                            f"\n  ours   {json.dumps(left[1], sort_keys=True)}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", default="tests/interop/dump_wire", help="prints our proposals")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    emitter = DatahubRestEmitter(f"http://127.0.0.1:{server.server_port}", openapi_ingestion=False)
    counted, bad = collections.Counter(), 0
    for path in arguments.files:
        problems = compare(path, emitter, shlex.split(arguments.ours), counted)
        for problem in problems:
            print(f"{path}: {problem}")
        bad += bool(problems)
    server.shutdown()
    print(f"{len(arguments.files)} files, {bad} differ; " +
          ", ".join(f"{name} {count}" for name, count in sorted(counted.items())))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
