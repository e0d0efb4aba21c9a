#!/bin/bash
# A session in AWS CloudShell, to be read from top to bottom and copied line by line.
#
# CloudShell hands out credentials of the signed-in user through an endpoint of its own. They live 5
# to 15 minutes, which is why credrun fetches them at the last moment, before each container.
set -euo pipefail

# The AWS CLI in a container, with your rights.
credrun amazon/aws-cli s3 ls

# Anything of docker run's goes before the image, anything after it to the container. Here the
# current directory is mounted, and a file in it is written by the container.
credrun -v "$PWD:/aws" amazon/aws-cli s3 cp "s3://$BUCKET/hello.txt" .
cat hello.txt

# Your rights may be more than a tool should have. With a role it has only those of the role, and
# an hour instead of minutes. examples/assume-role.yaml makes one.
credrun --role-arn "$ROLE_ARN" amazon/aws-cli sts get-caller-identity

# Credentials to carry elsewhere: paste the output into another shell.
credrun export --format env

# Or for docker itself, where credrun cannot stand in its place.
credrun export --format env-no-export >credentials.env
docker run --rm --env-file credentials.env amazon/aws-cli s3 ls
rm credentials.env
