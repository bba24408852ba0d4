# SPDX-License-Identifier: Apache-2.0
"""Emits real metadata files to a local GMS with a token and holds what can be read back
against the files, aspect for aspect.

What is expected is worked out here, from the files alone and in another language: this
script shares no code with the library.

Usage: shared_data.py DHUB SERVER TOKEN_FILE DATA_FOLDER
"""
import glob
import http.client
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse

AVRO = "com.linkedin.pegasus2avro."
PRIMITIVES = {"string", "boolean", "int", "long", "float", "double", "bytes", "array", "map"}


def load(path):
    with open(path, encoding="utf-8") as handle:
        data = json.load(handle)
    return data if isinstance(data, list) else [data]


def outgoing(value, avro_unions):
    """The outgoing transformation: nulls dropped, Avro names renamed, unions unwrapped."""
    if isinstance(value, list):
        return [outgoing(v, avro_unions) for v in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        key = next(iter(value))
        if avro_unions and key in PRIMITIVES:
            return outgoing(value[key], avro_unions)
        if key.startswith(AVRO):
            return {"com.linkedin." + key[len(AVRO):]: outgoing(value[key], avro_unions)}
    if "fieldDiscriminator" in value:
        member = value["fieldDiscriminator"]
        return {member: outgoing(value[member], avro_unions)}
    return {k: outgoing(v, avro_unions) for k, v in value.items() if v is not None}


def table(path):
    with open(path, encoding="utf-8") as handle:
        return [line.rstrip("\n").split("\t") for line in handle if not line.startswith("#")]


class Expected:
    """The state of the server after the files, as far as it can be told from them."""

    def __init__(self, model):
        rows = table(os.path.join(model, "aspects.tsv"))
        self.aspect_of = {record: aspect for record, aspect, _ in rows}
        self.timeseries = {aspect for _, aspect, kind in rows if kind == "timeseries"}
        self.latest = {}
        self.patched = {}
        self.series = {}
        self.conflicts = 0
        self.sent = 0

    def upsert(self, urn, aspect, value):
        self.sent += 1
        if aspect in self.timeseries:
            # One value for a time and a part of the data: a later one takes its place.
            at = [value.get(k) for k in
                  ("timestampMillis", "messageId", "eventGranularity", "partitionSpec")]
            self.series[urn, aspect, json.dumps(at, sort_keys=True)] = value
            return
        self.latest[urn, aspect] = value
        self.patched.pop((urn, aspect), None)

    def take(self, record):
        if "proposedSnapshot" in record:
            ((_, snapshot),) = record["proposedSnapshot"].items()
            for wrapped in snapshot["aspects"]:
                ((name, value),) = wrapped.items()
                aspect = self.aspect_of[name.replace(AVRO, "com.linkedin.")]
                self.upsert(snapshot["urn"], aspect, outgoing(value, True))
            return
        urn, aspect = record["entityUrn"], record["aspectName"]
        body = record["aspect"].get("json")
        if body is None:
            body = json.loads(record["aspect"]["value"])
        if record["changeType"] == "PATCH":
            self.sent += 1
            operations = body["patch"] if isinstance(body, dict) else body
            self.latest.pop((urn, aspect), None)
            last = self.patched.setdefault((urn, aspect), {})
            for operation in operations:
                last[operation["path"]] = operation
        elif record["changeType"] == "CREATE" and (
            (urn, aspect) in self.latest or (urn, aspect) in self.patched
        ):
            self.conflicts += 1
        else:
            self.upsert(urn, aspect, outgoing(body, False))


class Server:
    def __init__(self, url, token):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
        self.headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}

    def ask(self, method, path, body=None):
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data[:1] in (b"{", b"[") else data

    def aspects(self, urn):
        status, entity = self.ask("GET", "/entitiesV2/" + urllib.parse.quote(urn, safe=""))
        if status != 200:
            return {}
        return {name: aspect["value"] for name, aspect in entity["aspects"].items()}

    def series(self, urn, aspect):
        body = {"urn": urn, "entity": urn.split(":")[2], "aspect": aspect, "limit": 10000}
        status, found = self.ask(
            "POST", "/aspects?action=getTimeseriesAspectValues", json.dumps(body)
        )
        if status != 200:
            return []
        return [json.loads(v["aspect"]["value"]) for v in found["value"]["values"]]


def leaves(value):
    if isinstance(value, dict):
        for child in value.values():
            yield from leaves(child)
    elif isinstance(value, list):
        for child in value:
            yield from leaves(child)
    else:
        yield value


def emit(dhub, server, token_file, files, dead_letter):
    done = subprocess.run(
        [dhub, "emit", "--json", "--server", server, "--token-file", token_file,
         "--dead-letter", dead_letter, *files],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, json.loads(done.stdout), done.stderr


def main():
    dhub, url, token_file, folder = sys.argv[1:]
    files = sorted(glob.glob(os.path.join(folder, "mc[ep]", "*.json")))
    expected = Expected(os.path.join(folder, "model"))
    for path in files:
        for record in load(path):
            expected.take(record)
    with tempfile.TemporaryDirectory() as scratch:
        code, summary, words = emit(dhub, url, token_file, files, os.path.join(scratch, "dead"))
    faults = []
    if summary["delivered"] != expected.sent or summary["rejected"] != expected.conflicts:
        faults.append("summary %s; expected %d delivered, %d rejected\n%s" %
                      (summary, expected.sent, expected.conflicts, words[-2000:]))
    if code != (1 if expected.conflicts else 0):
        faults.append("exit status %d\n%s" % (code, words[-2000:]))

    with open(token_file, encoding="utf-8") as handle:
        server = Server(url, handle.read().strip())
    entities = {}
    for urn, aspect in list(expected.latest) + list(expected.patched):
        entities.setdefault(urn, server.aspects(urn))
    for (urn, aspect), value in expected.latest.items():
        # A union of several types keeps its member's name on the wire, an optional one loses
        # it. Only the model tells them apart, so both sides are compared without it.
        if outgoing(entities[urn].get(aspect), True) != outgoing(value, True):
            faults.append("%s %s\n  expected %s\n  read     %s" % (
                urn, aspect, json.dumps(value)[:400], json.dumps(entities[urn].get(aspect))[:400]))
    for (urn, aspect), operations in expected.patched.items():
        found = set(map(str, leaves(entities[urn].get(aspect))))
        for operation in operations.values():
            missing = set(map(str, leaves(outgoing(operation.get("value"), False)))) - found
            if operation["op"] == "add" and missing - {"None"}:
                faults.append("%s %s: the patch's %s is not there" % (urn, aspect, missing))
    series = {}
    for (urn, aspect, _), value in expected.series.items():
        if (urn, aspect) not in series:
            series[urn, aspect] = server.series(urn, aspect)
        if value not in series[urn, aspect]:
            faults.append("%s %s: %s is not there" % (urn, aspect, json.dumps(value)[:300]))

    print("%d files, %d records delivered, %d refused as they should be" %
          (len(files), summary["delivered"], expected.conflicts))
    print("read back: %d versioned aspects, %d patched, %d timeseries values; %d differ" %
          (len(expected.latest), len(expected.patched), len(expected.series), len(faults)))
    for fault in faults[:20]:
        print("FAULT:", fault)
    sys.exit(1 if faults else 0)


main()
