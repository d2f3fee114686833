#!/bin/sh
# From a fresh Debian machine to a result:
#
#	./autogen.sh         only generates configure, for packagers
#	./autogen.sh demo    installs what is missing, builds in build/, runs the demo
#	./autogen.sh check   the same set-up, then all tests; the last line sums them up
#
# Each step is done only if needed, so a second call only runs.  (`./autogen.sh ci-packages` and
# `./autogen.sh arm64-packages` are for .ci/run.)
set -eu
cd "$(dirname "$0")"

usage()
{
	echo 'usage: ./autogen.sh [demo|check]' >&2
	exit 2
}

say()
{
	echo "autogen: $*" >&2
}

# The packages of build-aux/packages.txt for the given occasions, one a line.
packages()
{
	for when; do
		sed -n "s/^$when  *\([^ ]*\).*/\1/p" build-aux/packages*.txt
	done
}

# Those of the packages in $* that are not installed.
missing()
{
	dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^.i *//p' >"$tmp"
	for p; do
		grep -Fqx -- "$p" "$tmp" || echo "$p"
	done
}

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		say "not root and no sudo here. As root run:  apt-get install $lacking"
		exit 1
	fi
}

# Installs what is missing for the given occasions.  Elsewhere than on Debian configure tells what it lacks.
install_packages()
{
	if ! command -v dpkg-query >/dev/null; then
		say 'not a Debian system: install the packages of build-aux/packages.txt by its own means'
		return
	fi
	tmp=$(mktemp)
	trap 'rm -f "$tmp"' EXIT
	lacking=$(missing $(packages "$@") | tr '\n' ' ')
	rm -f "$tmp"
	trap - EXIT
	[ -n "$lacking" ] || return 0

	say 'installing these packages with apt-get:'
	for p in $lacking; do
		sed -n "s/^[a-z]*  *$p  *\(.*\)/  $p: \1/p" build-aux/packages*.txt >&2
	done
	as_root apt-get update -q >&2
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $lacking >&2
}

generate()
{
	if ! command -v autoreconf >/dev/null || ! command -v automake >/dev/null; then
		say 'autoconf and automake are missing; install the Debian packages autoconf and automake'
		exit 1
	fi
	autoreconf -fi
}

# Makes configure and build/Makefile if they are not there; afterwards make itself sees to both.
set_up()
{
	install_packages "$@"
	if [ ! -e configure ] || [ ! -e Makefile.in ] || [ ! -e config.h.in ] || [ ! -e build-aux/tap-driver.sh ]; then
		say 'generating configure'
		generate >&2
	fi
	if [ ! -e build/Makefile ]; then
		say 'configuring build/'
		mkdir -p build
		(cd build && ../configure -q) >&2
	fi
	jobs=$(nproc 2>/dev/null || echo 2)
}

[ $# -le 1 ] || usage
case ${1-} in
'')
	generate
	;;
demo)
	set_up build
	make -s -C build -j "$jobs" weir >&2
	exec checks/demo/run "$PWD/build/weir"
	;;
check)
	set_up build check
	status=0
	rm -f build/test-suite.log
	make -s -C build -j "$jobs" check VERBOSE=1 || status=$?
	build-aux/sum-tests build/test-suite.log "$status"
	;;
ci-packages)
	install_packages build check ci
	;;
arm64-packages)
	install_packages arm64
	;;
*)
	usage
	;;
esac
