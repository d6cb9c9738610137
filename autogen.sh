#!/bin/sh
# Makes ./configure from configure.ac. Downloads nothing; scripts/deps names the packages it needs.
set -eu
cd "$(dirname "$0")"
mkdir -p m4
exec autoreconf --force --install --warnings=all
