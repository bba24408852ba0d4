#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# dhub plugin: list, info, and the conformance suite on good modules and on bad ones, each
# of which has one fault that must be named.
dhub=./dhub
fixtures=tests/module/fixtures/.libs
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0

# expect NAME STATUS WORDS COMMAND...: runs it, wants that exit status and those words.
expect() {
  name=$1 status=$2 words=$3
  shift 3
  "$@" >"$out/said" 2>&1
  got=$?
  if [ "$got" != "$status" ]; then
    echo "FAIL: $name: exit status $got, not $status"
  elif ! grep -q -e "$words" "$out/said"; then
    echo "FAIL: $name: '$words' is not said"
  else
    return 0
  fi
  sed 's/^/  | /' "$out/said"
  failed=1
}

fault() {
  expect "$1" 1 "$2" "$dhub" plugin check "$fixtures/$1.so"
}

expect good 0 "no faults" "$dhub" plugin check "$fixtures/good.so"
expect twin 0 "calls itself 'other'" "$dhub" plugin check "$fixtures/twin-of-other.so"
fault bad-exit "ended the process with exit status 3 while"
fault bad-crash "crashed (.*) while\|ended the process with exit status .* while"
fault bad-leak "still holds .* secret"
fault bad-unset "returned ok and set no credential, when the host failed its credential_set"
fault bad-show "a log line shows the credential itself"
fault bad-status "acquire returned 77, which is no dh_status"
fault bad-silent "verify returned denied without a word"
fault bad-forged "accepted a forged JWT"
fault bad-nobody "returned ok and named no actor"
fault bad-threads "decides otherwise when several threads"
fault bad-echo "an error shows the credential itself"
fault bad-twice "reported a record twice"
fault bad-reject "rejected a record without a word"
fault bad-lose "never reported .* of 8 records"
fault bad-options "option 'unhelpful' has no help"
grep -q "secret option 'password' has a default" "$out/said" || { echo "FAIL: secret default"; failed=1; }
grep -q "default of the option 'count' does not pass" "$out/said" || { echo "FAIL: default"; failed=1; }
fault no-entry "has no symbol dh_plugin_entry"
fault wrong-major "built for version 2.0"
expect missing 1 "No such file" "$dhub" plugin check "$fixtures/none.so"

# Every module of this tree keeps the contract, in each of its roles: one that refuses to open
# is not driven at all, so each is given what it asks for.
client="-o client_id=made-up-client -o client_secret=made-up-client-secret"
endpoint="-o token_endpoint=https://idp.example.com/token"
check_own() {
  module=$1
  shift
  expect "$module" 0 "no faults" "$dhub" plugin check "$@" "$module"
  if grep -q "not driven" "$out/said"; then
    echo "FAIL: $module: a role is not driven"
    sed 's/^/  | /' "$out/said"
    failed=1
  fi
}
for module in plugins/.libs/*.so sinks/.libs/*.so; do
  [ -e "$module" ] || continue
  case $module in
  */azure_entra.so) set -- -o tenant_id=contoso.example -o scope=api://gms/.default $client ;;
  */basic.so) set -- $client ;;
  */client-credentials.so | */oidc_client_credentials.so) set -- $endpoint $client ;;
  */jwt.so) set -- -o issuers=https://idp.example.com -o audiences=datahub-gms ;;
  */jwt-bearer.so | */token-exchange.so) set -- $endpoint $client ;;
  */pat.so) set -- -o signing_key=made-up-signing-key ;;
  */refresh-token.so) set -- $endpoint $client -o refresh_token=made-up-refresh-token ;;
  *) set -- ;;
  esac
  check_own "$module" "$@"
done
# The other ways through the OAuth core: discovery, and tokens from elsewhere than the stack.
discovery="-o issuer=https://idp.example.com"
check_own plugins/.libs/client-credentials.so $discovery $client
check_own plugins/.libs/token-exchange.so $discovery $client -o client_auth=client_secret_post \
  -o subject_token_env=HOME -o actor_token_env=HOME -o audience=a,b -o resource=https://gms.example.com
check_own plugins/.libs/jwt-bearer.so $endpoint $client -o assertion_env=HOME

DATAHUB_PLUGIN_PATH=$fixtures
export DATAHUB_PLUGIN_PATH
expect list 1 "good  *credential verifier sink  *Sends and accepts one word" "$dhub" plugin list
expect broken 1 "wrong-major.so  *cannot be loaded" "$dhub" plugin list
expect info 0 "word (string, default open-sesame)" "$dhub" plugin info good
expect unknown 1 "there is no module 'nothing'" "$dhub" plugin info nothing
expect usage 2 "list, info NAME, check" "$dhub" plugin
expect setting 2 "KEY=VALUE" "$dhub" plugin check -o nothing "$fixtures/good.so"
expect help 0 "check FILE.so" "$dhub" plugin --help
exit $failed
