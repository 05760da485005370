#!/usr/bin/env bash
# Builds the documentation of all public modules as one site; what DocC has to object to ends it with an error.
#   docs/documentation.sh [SITE] [SCRATCH]     SITE is by default "site"; SCRATCH, where debug builds lie, ".build"
# Nothing is fetched: symbols are read off a debug build, as `swift test` makes it, by the toolchain's own tools.
set -euo pipefail
cd "$(dirname "$0")/.."
site=${1:-site}
scratch=${2:-.build}
modules=(HDF5 LayerGraph Diffusion Embedding ModelZoo Plotting Report ZooConformance ZooCommand BuiltIn)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/archives"
swift package --scratch-path "$scratch" dump-symbol-graph --minimum-access-level public > "$work/log" 2>&1 \
  || { cat "$work/log" >&2; exit 1; }
graphs=$(echo "$scratch"/*/symbolgraph)
for module in "${modules[@]}"; do
  mkdir "$work/$module"
  cp "$graphs/$module.symbols.json" "$graphs/$module"@*.symbols.json "$work/$module/" 2>/dev/null || true
  catalogue=Sources/$module/$module.docc
  docc convert $([ -d "$catalogue" ] && echo "$catalogue") --additional-symbol-graph-dir "$work/$module" \
    --fallback-display-name "$module" --fallback-bundle-identifier "zoo.$module" --warnings-as-errors \
    --output-path "$work/archives/$module.doccarchive"
done
docc merge "$work"/archives/*.doccarchive --synthesized-landing-page-name Zoo --output-path "$work/site"
rm -rf "$site"
mv "$work/site" "$site"
echo "$site is ready; serve it with: python3 -m http.server --directory $site, and open /documentation"
