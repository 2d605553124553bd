#!/bin/sh
# Builds the current wireguard-go with Go: dist/wireguard-go, or the file named. Go fetches the sources, and compares them with the
# sums that it publishes. `--offer` builds nothing, and says where this would be of use: docs/wireguard.md tells for what.
set -eu
cd "$(dirname "$0")/.."
version=v0.0.0-20260522210424-ecfc5a8d5446
out=${1:-dist/wireguard-go}
go=$(command -v go || echo /usr/local/go/bin/go)
if [ "$out" = --offer ]; then
  [ -x "$go" ] && [ ! -e dist/wireguard-go ] || exit 0
  [ ! -e /sys/module/wireguard ] && ! PATH=$PATH:/sbin modprobe -nq wireguard || exit 0
  echo "setup: this kernel has no WireGuard; \`make wireguard-go\` builds a wireguard-go that is faster than Debian's (a minute)" >&2
  exit 0
fi
if [ ! -x "$go" ]; then
  echo 'build-wireguard-go: there is no Go, neither on the path nor in /usr/local/go; install Go 1.23 or newer' >&2
  exit 1
fi
mkdir -p "$(dirname "$out")"
# Beside and renamed: one that runs cannot be written to (ETXTBSY), and goes on as it is.
folder=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$folder"' EXIT
GOBIN=$(readlink -f "$folder") CGO_ENABLED=0 GO111MODULE=on \
  "$go" install -trimpath -ldflags='-s -w' "golang.zx2c4.com/wireguard@$version"
mv "$folder/wireguard" "$out"
echo "built $out: $("$(readlink -f "$out")" --version | head -n 1)" >&2
