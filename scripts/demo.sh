#!/bin/bash
# Shows credrun's main job on a machine that has only cargo and root: a CloudShell session, with
# stand-ins for CloudShell and AWS, and the real AWS CLI in a real container.
set -euo pipefail
cd "$(dirname "$0")/.."

session=$(mktemp)
stand_in=
clean_up() {
    [ -z "$stand_in" ] || kill "$stand_in" 2>/dev/null || true
    rm -f "$session"
}
trap clean_up EXIT

title() {
    printf '\n== %s\n' "$*"
}

# Shows a command as a user would type it, then runs it.
show() {
    printf '\n$ %s\n' "$*"
    local status=0
    "$@" || status=$?
    [ "$status" = 0 ] || {
        echo "demo: exit status $status" >&2
        exit 1
    }
}

title "what the demo needs"
scripts/engine.sh
scripts/awscli-image.sh
scripts/python.sh
cargo build --quiet
PATH=$PWD/target/debug:$PATH

scripts/aws-stand-in >"$session" &
stand_in=$!
for _ in $(seq 300); do
    grep -q '^STAND_IN=ready' "$session" && break
    kill -0 "$stand_in" 2>/dev/null || { echo "demo: the stand-in for AWS ended" >&2; exit 1; }
    sleep 0.1
done
# A CloudShell session has no other credentials.
unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION
set -a
# shellcheck disable=SC1090
. "$session"
set +a

title "the variables of the CloudShell session"
echo "AWS_CONTAINER_CREDENTIALS_FULL_URI=$AWS_CONTAINER_CREDENTIALS_FULL_URI"
echo "AWS_CONTAINER_AUTHORIZATION_TOKEN=${AWS_CONTAINER_AUTHORIZATION_TOKEN:0:4}..."
echo "AWS_DEFAULT_REGION=$AWS_DEFAULT_REGION"
echo "AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL   (the stand-in for AWS)"

# The stand-in listens on this machine's loopback only, hence --network host; --endpoint-url is for
# AWS CLIs before 2.13, which do not know AWS_ENDPOINT_URL. With real AWS, both are left out.
title "with your own rights: docker run has no credentials to give, credrun has"
run=(credrun --network host amazon/aws-cli --endpoint-url "$AWS_ENDPOINT_URL")
show "${run[@]}" s3 ls
show "${run[@]}" s3 cp "s3://$STAND_IN_BUCKET/hello.txt" -

title "with a role's rights only"
run=(credrun --role-arn "$STAND_IN_ROLE_ARN" --network host amazon/aws-cli --endpoint-url "$AWS_ENDPOINT_URL")
show "${run[@]}" sts get-caller-identity

title "done"
if [ -f target/engine.pid ] && kill -0 "$(cat target/engine.pid)" 2>/dev/null; then
    echo "The Docker Engine is still running, for you to go on with. It ends with: kill $(cat target/engine.pid)"
fi
echo "credrun is at $PWD/target/debug/credrun"
