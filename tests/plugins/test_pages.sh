#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual pages of the modules hold every option that there is, and none that there is not;
# what their synopses configure is accepted by the module that they are about.
: "${srcdir:=.}"
man=$srcdir/doc/man
dhub=$PWD/dhub
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
failed=0

wrong() {
  echo "FAIL: $*"
  failed=1
}

# The pages of a module; the OAuth grants share one for what they have in common.
pages_of() {
  for kind in auth verify; do
    page=$man/datahub-$kind-$1.7
    [ -e "$page" ] && echo "$page"
  done
  case $1 in
  azure_entra | *client*credentials | jwt-bearer | refresh-token | token-exchange)
    echo "$man/datahub-auth-oauth.7" ;;
  esac
  # The Python client's name of another module.
  [ "$1" != oidc_client_credentials ] || echo "$man/datahub-auth-client-credentials.7"
}

# The settings that the synopsis of a page gives to a module, one a line.
configured() {
  sed -n '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/p' "$1" | tr '\n' ' ' |
    grep -o "\"$2\"; *config = {[^}]*}" | sed 's/^.*config = {//' | tr ';{' '\n\n' |
    sed -n 's/^ *\([a-z_]*\) *= .*/\1/p'
}

count=0
for module in plugins/.libs/*.so; do
  name=$(basename "$module" .so)
  pages=$(pages_of "$name")
  [ -n "$pages" ] || { wrong "$name has no manual page"; continue; }
  "$dhub" plugin info "$module" >"$work/info" || wrong "$name cannot be shown"
  sed -n 's/^  \([a-z_]*\) (.*/\1/p' "$work/info" | sort -u >"$work/options"
  cat $pages | sed 's/\\-/-/g' >"$work/page"
  while read -r option; do
    count=$((count + 1))
    grep -q "^\.BR\{0,1\}I\{0,1\} $option\( \|\$\)" "$work/page" ||
      wrong "the option $option of $name is in none of its pages"
  done <"$work/options"
  for page in $pages; do
    case $page in *-oauth.7) continue ;; esac
    sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/s/^\.BR\{0,1\}I\{0,1\} \([a-z_]*\) " (".*/\1/p' "$page" >"$work/told"
    configured "$page" "$name" >>"$work/told"
    while read -r option; do
      grep -q -x -e "$option" "$work/options" || wrong "$(basename "$page") has $option, $name has not"
    done <"$work/told"
  done
done
[ "$count" -ge 100 ] || wrong "only $count options were found: has the form of dhub plugin info changed?"
exit $failed
