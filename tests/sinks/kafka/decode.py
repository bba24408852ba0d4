# SPDX-License-Identifier: Apache-2.0
"""decode.py SCHEMA MESSAGES INPUT

Reads with python3-avro what kcat took off the topic ('%K:%k%R%s' for each message) and
compares it with the file of metadata that was emitted. Independent of our C: nothing here
is shared with the sink.
"""
import collections
import io
import json
import struct
import sys

import avro.io
import avro.schema


def messages(path):
    data = open(path, "rb").read()
    at = 0
    while at < len(data):
        colon = data.index(b":", at)
        key_size = int(data[at:colon])
        key = data[colon + 1 : colon + 1 + key_size].decode()
        at = colon + 1 + key_size
        (size,) = struct.unpack(">i", data[at : at + 4])
        yield key, data[at + 4 : at + 4 + size]
        at += 4 + size


def outgoing(value):
    """As a client sends it: no nulls, GMS's record names, strings out of their union."""
    if isinstance(value, dict):
        if list(value) == ["string"]:
            return value["string"]
        return {
            k.replace("com.linkedin.pegasus2avro.", "com.linkedin."): outgoing(v)
            for k, v in value.items()
            if v is not None
        }
    if isinstance(value, list):
        return [outgoing(v) for v in value]
    return value


def unpacked(snapshot):
    """An MCE is sent as one UPSERT for each of its aspects."""
    (body,) = snapshot.values()
    for aspect in body["aspects"]:
        ((name, value),) = aspect.items()
        name = name.rsplit(".", 1)[1]
        yield body["urn"], "UPSERT", name[0].lower() + name[1:], value


def proposals(path):
    for record in json.load(open(path, encoding="utf-8")):
        if "proposedSnapshot" in record:
            yield from unpacked(record["proposedSnapshot"])
        else:
            change = record.get("changeType", "UPSERT")
            yield record["entityUrn"], change, record["aspectName"], record["aspect"]["json"]


def expected(path):
    by_urn = collections.defaultdict(list)
    for urn, change, aspect_name, value in proposals(path):
        entity_type = urn.split(":")[2]
        by_urn[urn].append((entity_type, change, aspect_name, outgoing(value)))
    return by_urn


def main():
    schema = avro.schema.parse(open(sys.argv[1], encoding="utf-8").read())
    reader = avro.io.DatumReader(schema, schema)
    got = collections.defaultdict(list)
    for key, value in messages(sys.argv[2]):
        stream = io.BytesIO(value)
        magic, schema_id = struct.unpack(">bi", stream.read(5))
        assert (magic, schema_id) == (0, 77), (magic, schema_id)
        record = reader.read(avro.io.BinaryDecoder(stream))
        assert not stream.read(), "bytes behind the record"
        assert record["entityUrn"] == key, (record["entityUrn"], key)
        assert record["systemMetadata"]["lastObserved"] > 0
        patch = record["changeType"] == "PATCH"
        form = "application/json-patch+json" if patch else "application/json"
        assert record["aspect"]["contentType"] == form, record["aspect"]["contentType"]
        got[key].append(
            (
                record["entityType"],
                record["changeType"],
                record["aspectName"],
                json.loads(record["aspect"]["value"]),
            )
        )
    want = expected(sys.argv[3])
    assert got == want, "got %r\nwant %r" % (dict(got), dict(want))
    print("%d records of %d URNs" % (sum(map(len, got.values())), len(got)))


main()
