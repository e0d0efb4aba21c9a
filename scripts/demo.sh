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
    "$@"
}

start_stand_in() {
    scripts/aws-stand-in >"$session" &
    stand_in=$!
    for _ in $(seq 300); do
        ! grep -q '^STAND_IN=ready' "$session" || return 0
        kill -0 "$stand_in" 2>/dev/null || break
        sleep 0.1
    done
    echo "demo: the stand-in for AWS did not come up" >&2
    return 1
}

title "what the demo needs"
scripts/engine.sh
scripts/awscli-image.sh
scripts/python.sh
cargo build
PATH=$PWD/target/debug:$PATH

start_stand_in
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
image=(--network host amazon/aws-cli --endpoint-url "$AWS_ENDPOINT_URL")
title "docker run has no credentials to give"
show docker run --rm "${image[@]}" s3 ls || echo "(exit status $?)"

title "credrun gives it yours"
show credrun "${image[@]}" s3 ls
show credrun "${image[@]}" s3 cp "s3://$STAND_IN_BUCKET/hello.txt" -

title "or only a role's: this one may read"
show credrun --role-arn "$STAND_IN_ROLE_ARN" "${image[@]}" sts get-caller-identity
show credrun --role-arn "$STAND_IN_ROLE_ARN" "${image[@]}" s3 mb s3://another || echo "(exit status $?)"

title "done"
if [ -f target/engine.pid ] && kill -0 "$(cat target/engine.pid)" 2>/dev/null; then
    echo "The Docker Engine is still running, for you to go on with. It ends with: kill $(cat target/engine.pid)"
fi
echo "credrun is at $PWD/target/debug/credrun"
