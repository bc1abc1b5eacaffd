#!/bin/sh
# Runs the program with the Bun that was installed beside it, else with the one on PATH. Needs no Node.
set -eu
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac
done
package=$(cd "$(dirname "$self")/.." && pwd -P)
case $(uname -s)-$(uname -m) in
  Linux-x86_64) name=bun-linux-x64 ;;
  Linux-aarch64) name=bun-linux-aarch64 ;;
  Darwin-x86_64) name=bun-darwin-x64 ;;
  Darwin-arm64) name=bun-darwin-aarch64 ;;
  *) name=none ;;
esac
for modules in "$package/node_modules" "$package/.."; do
  # The package `bun` moves it to itself where it is installed as well.
  for bun in "$modules/@oven/$name/bin/bun" "$modules/bun/bin/bun.exe"; do
    if [ -x "$bun" ]; then exec "$bun" "$package/lib/app/main.js" "$@"; fi
  done
done
if command -v bun >/dev/null; then exec bun "$package/lib/app/main.js" "$@"; fi
echo "peer-stables: no Bun was found beside $package or on PATH; install the package anew, or Bun from https://bun.sh" >&2
exit 3
