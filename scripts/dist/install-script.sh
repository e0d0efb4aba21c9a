#!/bin/sh
# Prints install.sh as a release has it: with CREDRUN_REPOSITORY=OWNER/NAME filled in. Without that it
# is the same as in the repository, and its users have to set CREDRUN_RELEASES.
set -eu
cd "$(dirname "$0")/../.."

repository=$(scripts/dist/repository.sh)
sed "s|^repository=\$|repository=$repository|" install.sh
