# SPDX-License-Identifier: Apache-2.0
# DH_PACKAGE(PREFIX, PKG-CONFIG-SPEC, DEBIAN-PACKAGE)
# Looks for a package; a missing one is remembered, so that one run names them all.
AC_DEFUN([DH_PACKAGE],
  [PKG_CHECK_MODULES([$1], [$2], [],
    [dh_missing="$dh_missing
    $2   (Debian: $3)"
     dh_missing_debian="$dh_missing_debian $3"])])

# DH_PACKAGES_DONE
# Ends the run in words where one of them is missing.
AC_DEFUN([DH_PACKAGES_DONE],
  [AS_IF([test -n "$dh_missing_debian"],
    [AC_MSG_ERROR([these packages are missing:$dh_missing

  On Debian and its relatives this brings them:
    apt-get install$dh_missing_debian])])])

# DH_WARNINGS
# The warnings that the project builds clean under, in DH_WARNFLAGS.
AC_DEFUN([DH_WARNINGS],
  [AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [turn warnings into errors (for developers and CI)])],
    [], [enable_werror=no])
   DH_WARNFLAGS="-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wno-format-nonliteral"
   AS_IF([test "x$enable_werror" = xyes], [DH_WARNFLAGS="$DH_WARNFLAGS -Werror"])
   AC_SUBST([DH_WARNFLAGS])])

# DH_REQUIRE_C17
# Adds -std=gnu17 where the compiler takes it; ends in words where it does not.
AC_DEFUN([DH_REQUIRE_C17],
  [AC_CACHE_CHECK([whether $CC takes -std=gnu17], [dh_cv_cc_gnu17],
    [dh_save_CFLAGS=$CFLAGS
     CFLAGS="$CFLAGS -std=gnu17"
     AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [_Static_assert(sizeof(int) >= 4, "");])],
       [dh_cv_cc_gnu17=yes], [dh_cv_cc_gnu17=no])
     CFLAGS=$dh_save_CFLAGS])
   AS_IF([test "x$dh_cv_cc_gnu17" = xyes], [CC="$CC -std=gnu17"],
     [AC_MSG_ERROR([$CC does not speak C17: use gcc 8 or clang 7 or newer])])])
