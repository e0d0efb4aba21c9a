#!/bin/sh
# Prints CREDRUN_REPOSITORY, or nothing where it is not set; fails where it is not OWNER/NAME.
set -eu

repository=${CREDRUN_REPOSITORY-}
case $repository in
    '') exit 0 ;;
    *[!0-9A-Za-z._/-]* | */*/* | /* | */) ;;
    */*) printf '%s\n' "$repository" && exit 0 ;;
esac
echo "dist: CREDRUN_REPOSITORY is not OWNER/NAME: $repository" >&2
exit 1
