#!/usr/bin/env bash
# Runs the tests of kernels and layers under AddressSanitizer, then with traps at undefined behaviour in C. Each takes a
# debug build of its own (some minutes), removed at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
filter='LayerGraphTests|ParityTests'
scratch=.build-sanitizer
trap 'rm -rf "$scratch"' EXIT

# What Swift's runtime keeps until the end is not a leak of ours.
ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path "$scratch" --filter "$filter"
rm -rf "$scratch"
# Swift has no -sanitize=undefined on Linux; a trap needs no run-time library, and ends the tests with a signal.
swift test -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined --scratch-path "$scratch" --filter "$filter"
