# SPDX-License-Identifier: Apache-2.0
# Sourced before each test: a known environment, so that a developer's own settings,
# tokens and home never reach a test. DH_TEST_LOCALE=tr_TR.UTF-8 (or any other that is there)
# shows what a program's locale does to the library, which should be nothing.
for name in $(env | sed -n 's/^\(DATAHUB_[A-Z0-9_]*\|KAFKA_[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
LC_ALL=C.UTF-8 TZ=UTC
export LC_ALL TZ
if [ -n "${DH_TEST_LOCALE-}" ]; then
  unset LC_ALL LC_COLLATE LC_CTYPE LC_NUMERIC LC_TIME
  LANG=$DH_TEST_LOCALE LC_MESSAGES=C.UTF-8 # what errno means is told in the user's language
  export LANG LC_MESSAGES
fi
umask 022
# Modules are refused in folders that others may write: where TMPDIR is one (a umask of 002
# makes such), tests have their own. So they have where its path has a space: nginx, systemd and
# libtool, which some tests use, do not take one.
case ${TMPDIR-} in
  *[[:space:]]*) mkdir -p tests/tmp && TMPDIR=$PWD/tests/tmp && export TMPDIR ;;
esac
folder=${TMPDIR:-/tmp}
while [ "$folder" != / ] && [ "$folder" != . ]; do
  case $(stat -c %A "$folder") in
    *[tT]) ;;
    ?????w*|????????w*) mkdir -p tests/tmp && TMPDIR=$PWD/tests/tmp && export TMPDIR && break ;;
  esac
  folder=$(dirname "$folder")
done
# So are modules that others may write, and under a umask of 002 make has made such.
for folder in plugins sinks tests/module/fixtures tests/abi; do
  chmod go-w "$folder" "$folder/.libs" "$folder"/.libs/*.so
done 2>/dev/null
chmod go-w . tests tests/module 2>/dev/null
# The modules that were just built; tests run in the build folder.
DATAHUB_PLUGIN_PATH=$PWD/plugins/.libs:$PWD/sinks/.libs
export DATAHUB_PLUGIN_PATH
