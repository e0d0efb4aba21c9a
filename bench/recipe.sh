#!/bin/sh
# What credrun replaces: credentials from CloudShell's endpoint by curl and jq, then docker run.
set -eu

credentials=$(curl -s -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" \
    "$AWS_CONTAINER_CREDENTIALS_FULL_URI")
access_key_id=$(echo "$credentials" | jq -r .AccessKeyId)
secret_access_key=$(echo "$credentials" | jq -r .SecretAccessKey)
session_token=$(echo "$credentials" | jq -r .Token)

docker run --rm \
    -e AWS_ACCESS_KEY_ID="$access_key_id" \
    -e AWS_SECRET_ACCESS_KEY="$secret_access_key" \
    -e AWS_SESSION_TOKEN="$session_token" \
    -e AWS_DEFAULT_REGION="$AWS_DEFAULT_REGION" \
    "$@"
