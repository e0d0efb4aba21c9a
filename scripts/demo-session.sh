#!/bin/bash
# The session that scripts/demo.sh shows, inside scripts/aws-stand-in.
set -euo pipefail

title() {
    printf '\n== %s\n' "$*"
}

# Shows a command as a user would type it, then runs it.
show() {
    printf '\n$ %s\n' "$*"
    "$@"
}

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
