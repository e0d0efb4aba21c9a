#!/bin/sh
# Packs the archive of one target: scripts/dist/archive.sh TARGET WORK. WORK has binaries/TARGET/credrun and
# common/, and gets made/credrun-TARGET.tar.gz.
set -eu
umask 022

target=$1 work=$2
name=credrun-$target
folder=$work/archives/$name

mkdir -p "$folder"
cp -R "$work/common/." "$folder"
install -m 755 "$work/binaries/$target/credrun" "$folder/credrun"
tar --create --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
    --directory "$work/archives" "$name" | gzip -9n >"$work/made/$name.tar.gz"
