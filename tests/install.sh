# SPDX-License-Identifier: Apache-2.0
# Sourced by tests that use the package as it is installed: install_package ROOT puts it under
# ROOT and shows what make said where that fails. Libtool links some files anew while it
# installs, and writes them into the build folder: one test at a time.
#
# Source it before the test's folder is made: Libtool installs under no path with a space, and
# pkg-config tells of none.
case ${TMPDIR:-/tmp} in
  *[[:space:]]*) mkdir -p tests/tmp && TMPDIR=$PWD/tests/tmp && export TMPDIR ;;
esac
case ${TMPDIR:-/tmp} in
  *[[:space:]]*) echo "SKIP: neither TMPDIR nor the build folder has a path without a space"; exit 77 ;;
esac

install_package() {
  (
    flock 9
    ${MAKE:-make} -s install DESTDIR="$1"
  ) 9>tests/install.lock >"$1.log" 2>&1 || {
    cat "$1.log"
    echo "FAIL: make install"
    return 1
  }
}
