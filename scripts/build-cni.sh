#!/bin/sh
# Builds the CNI plugin's client, static and without a library so that it runs on any host: dist/damask-cni, or the file named.
# Further arguments go to the compiler: scripts/build-cni.sh OUT -DDAMASK_CNI_TIMEOUT_SECONDS=1
# CC=aarch64-linux-gnu-gcc builds for arm64. CNI_CHECKED=1 builds with the C library and AddressSanitizer, to be tested.
set -eu
cd "$(dirname "$0")/.."
out=${1:-dist/damask-cni}
[ $# -eq 0 ] || shift
mkdir -p "$(dirname "$out")"
set -- -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Werror "$@" src/cni/damask.c
if [ -n "${CNI_CHECKED-}" ]; then
  set -- -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all "$@"
else
  set -- -Os -s -static -nostdlib -fno-builtin -fno-stack-protector -fno-tree-loop-distribute-patterns \
    -fno-asynchronous-unwind-tables "$@" src/cni/bare-libc.c
fi
# Beside and renamed: a copy that a runtime is just executing cannot be written to (ETXTBSY).
"${CC:-gcc}" -o "$out.$$" "$@"
mv "$out.$$" "$out"
