# SPDX-License-Identifier: Apache-2.0
# Sourced by tests that use the package as it is installed: install_package ROOT puts it under
# ROOT and shows what make said where that fails. Libtool links some files anew while it
# installs, and writes them into the build folder: one test at a time.
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
