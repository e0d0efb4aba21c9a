#!/bin/sh
# Prints install.sh as a release has it: with CREDRUN_REPOSITORY=OWNER/NAME filled in. Without that it
# is the same as in the repository, and its users have to set CREDRUN_RELEASES.
set -eu
cd "$(dirname "$0")/../.."

case ${CREDRUN_REPOSITORY-} in
    *[!0-9A-Za-z._/-]*)
        echo "install-script: CREDRUN_REPOSITORY is not OWNER/NAME: $CREDRUN_REPOSITORY" >&2
        exit 1
        ;;
esac
sed "s|^repository=\$|repository=${CREDRUN_REPOSITORY-}|" install.sh
