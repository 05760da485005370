#!/bin/sh
# Builds a shared library with architectures from the Swift files beside this script, for one built checkout of Zoo:
#   ./build.sh NAME CHECKOUT      makes libNAME.so in the current folder; CHECKOUT is by default ../..
# ZOO_BUILD names the folder with the program, where that is not CHECKOUT/.build/release.
#
# It is compiled against the program's own modules and not linked with them: the core must be in the process once, and
# it is in the program.
set -eu
name=${1:-Foo}
checkout=${2:-../..}
build=${ZOO_BUILD:-$checkout/.build/release}
here=$(dirname "$0")
if [ ! -x "$build/zoo" ] || [ ! -d "$build/Modules" ]; then
  echo "There is no program in $build. Build it first: cd $checkout && swift build -c release" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The interface that the library is made for, as a C string that can be read before any code of it runs.
interface=$(ZOO_PLUGINS= "$build/zoo" describe --machine | sed -n 's/^plugin interface: //p')
printf 'const char zoo_plugin_interface[] = "%s";\n' "$interface" > "$work/interface.c"
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
"$tools/clang" -c -fPIC "$work/interface.c" -o "$work/interface.o"

# The modules' C parts are found by the maps that the build made, and by those of the checkout.
set --
for map in "$checkout"/Sources/*/module.modulemap; do set -- "$@" -Xcc "-I$(dirname "$map")"; done
for flag in $(pkg-config --cflags hdf5-serial libcrypto zlib); do set -- "$@" -Xcc "$flag"; done
for flag in $(pkg-config --libs-only-L hdf5-serial libcrypto zlib); do set -- "$@" "$flag"; done
builds=$(dirname "$build")
for map in "$build"/*.build/module.modulemap "$builds"/checkouts/*/Sources/*/include/module.modulemap \
  "$builds"/../checkouts/*/Sources/*/include/module.modulemap; do
  if [ -f "$map" ]; then set -- "$@" -Xcc "-fmodule-map-file=$map"; fi
done
swiftc -O -swift-version 6 -parse-as-library -module-name "$name" -emit-library -o "$work/lib$name.so" \
  -Xlinker --as-needed -I "$build/Modules" "$@" "$here"/*.swift "$work/interface.o"
# The last line lets zoo see whether the file is what was built here.
seal=$(sha256sum < "$work/lib$name.so" | cut -c 1-64)
printf 'zoo seal %s\n' "$seal" >> "$work/lib$name.so"
# Renamed when it is whole: a program that has the old one loaded keeps it.
mv "$work/lib$name.so" "lib$name.so"
echo "lib$name.so is ready: $build/zoo list --plugin ./lib$name.so"
