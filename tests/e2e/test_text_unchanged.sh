#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Text of characters far above ASCII, which travels in escapes: it comes back as it was sent, in
# strings and in the keys of maps, whether the record had it escaped or in UTF-8, whole or as a
# patch. U+1DE01 and U+2DC01 are two that json-c takes for halves of a surrogate pair.
set -eu
. "$srcdir/tests/e2e/gms.sh"
start_gms
first=$(printf '\360\235\270\201') second=$(printf '\360\255\260\201')

# record URN-ID CHANGE-TYPE ASPECT-JSON
record() {
  printf '{"entityType":"dataset","entityUrn":"urn:li:dataset:(urn:li:dataPlatform:x,%s,PROD)",' "$1"
  printf '"changeType":"%s","aspectName":"datasetProperties","aspect":{"json":%s}}\n' "$2" "$3"
}
{
  record escaped UPSERT '{"description":"\ud837\ude01 \ud877\udc01","customProperties":{"\ud837\ude01":"\ud877\udc01"}}'
  record utf8 UPSERT "{\"description\":\"$first $second\",\"customProperties\":{\"$first\":\"$second\"}}"
  record patched UPSERT '{"description":"\ud837\ude01 \ud877\udc01","customProperties":{}}'
  record patched PATCH '[{"op":"add","path":"/customProperties/\ud837\ude01","value":"\ud877\udc01"}]'
} >"$work/records.json"
expect 0 "$dhub" emit --server "$url" --token-file "$admin" "$work/records.json"

{
  printf '{\n  "datasetProperties": {\n'
  printf '    "description": "%s %s",\n' "$first" "$second"
  printf '    "customProperties": {\n      "%s": "%s"\n    }\n  }\n}\n' "$first" "$second"
} >"$work/wanted"
for id in escaped utf8 patched; do
  expect 0 "$dhub" get --server "$url" --token-file "$admin" --aspect datasetProperties \
    "urn:li:dataset:(urn:li:dataPlatform:x,$id,PROD)"
  cmp "$work/out" "$work/wanted" >&2 || { cat "$work/out" >&2; fail "$id: other text came back"; }
done
