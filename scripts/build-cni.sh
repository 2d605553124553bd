#!/bin/sh
# Builds the CNI plugin's client, static so that it runs on any host: dist/damask-cni, or the file named.
# Further arguments go to the compiler: scripts/build-cni.sh OUT -DDAMASK_CNI_TIMEOUT_SECONDS=1
set -eu
cd "$(dirname "$0")/.."
out=${1:-dist/damask-cni}
[ $# -eq 0 ] || shift
mkdir -p "$(dirname "$out")"
# Beside and renamed: a copy that a runtime is just executing cannot be written to (ETXTBSY).
"${CC:-gcc}" -std=c11 -Os -Wall -Wextra -Werror -static -s "$@" -o "$out.$$" src/cni/damask.c
mv "$out.$$" "$out"
