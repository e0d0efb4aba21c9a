#!/bin/bash
# From your own rights to the fewest, to be read from top to bottom and copied line by line. The
# program here is the AWS CLI, which reads one object of $BUCKET; put yours in its place.
#
# The container holds no key in any of it. The program has to read AWS_ENDPOINT_URL, as the AWS CLI
# does from version 2.13 on.
set -euo pipefail
program=(amazon/aws-cli s3 cp "s3://$BUCKET/hello.txt" -)

# 1. With your rights. Each call is written down.
credrun --keyless --record calls.jsonl "${program[@]}"

# 2. What it needed, as a page for people; then as a role, with the smallest policy for it. You are
# whom the role trusts.
credrun policy --output summary calls.jsonl
credrun role-template --from calls.jsonl --role-name hello-reader >role.yaml
credrun env aws cloudformation deploy --stack-name hello-reader --template-file role.yaml \
    --capabilities CAPABILITY_NAMED_IAM
role=$(credrun env aws iam get-role --role-name hello-reader --query Role.Arn --output text)
# IAM takes some seconds until a new role can be assumed everywhere.
sleep "${IAM_TAKES:-15}"

# 3. It works with those rights alone, and with no others.
credrun --keyless --role-arn "$role" "${program[@]}"
if credrun --keyless --role-arn "$role" amazon/aws-cli s3 rm "s3://$BUCKET/hello.txt"; then
    exit 1
fi

# Without a role of its own: the same rights at once, out of a role that has more.
credrun --keyless --role-arn "$ROLE_ARN" --policy-from calls.jsonl "${program[@]}"

# When the program has changed: would the policy of that day still do?
credrun policy calls.jsonl >policy.json
credrun policy --check policy.json calls.jsonl
