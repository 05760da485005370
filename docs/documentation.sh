#!/usr/bin/env bash
# Builds the documentation of all public modules as one site; what DocC has to object to ends it with an error.
#   docs/documentation.sh [SITE] [BUILD]     SITE is by default "site"; BUILD, a debug build, ".build/debug"
# Nothing is fetched and nothing compiled: symbols are read off the modules that `swift test` or `swift build` made, by
# the toolchain's own tools.
set -euo pipefail
cd "$(dirname "$0")/.."
site=${1:-site}
build=${2:-.build/debug}
modules=(HDF5 LayerGraph Diffusion Embedding ModelZoo Plotting Report ZooConformance ZooCommand BuiltIn)
if [ ! -d "$build/Modules/ZooCommand.swiftmodule" ] && [ ! -f "$build/Modules/ZooCommand.swiftmodule" ]; then
  echo "There is no build in $build. Make one first: swift build" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/archives"

# C modules are found by the maps that the build made, and by those of the checkout and of its dependencies.
flags=(-I "$build/Modules" -target "$(uname -m)-unknown-linux-gnu")
for map in Sources/*/module.modulemap; do flags+=(-Xcc "-I$(dirname "$map")"); done
checkouts=$(dirname "$(readlink -f "$build")")/../checkouts
for map in "$build"/*.build/module.modulemap "$checkouts"/*/Sources/*/include/module.modulemap; do
  if [ -f "$map" ]; then flags+=(-Xcc "-fmodule-map-file=$map"); fi
done
for flag in $(pkg-config --cflags hdf5-serial libcrypto zlib); do flags+=(-Xcc "$flag"); done

for module in "${modules[@]}"; do
  mkdir "$work/$module"
  swift symbolgraph-extract -module-name "$module" "${flags[@]}" -minimum-access-level public -output-dir "$work/$module"
  catalogue=Sources/$module/$module.docc
  docc convert $([ -d "$catalogue" ] && echo "$catalogue") --additional-symbol-graph-dir "$work/$module" \
    --fallback-display-name "$module" --fallback-bundle-identifier "zoo.$module" --warnings-as-errors \
    --output-path "$work/archives/$module.doccarchive" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
done
docc merge "$work"/archives/*.doccarchive --synthesized-landing-page-name Zoo --output-path "$work/site"
rm -rf "$site"
mv "$work/site" "$site"
echo "$site is ready; look at it with: python3 -m http.server --directory $site, under /documentation"
