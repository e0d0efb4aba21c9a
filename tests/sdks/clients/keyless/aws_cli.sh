# $1 and more is the command.
. ./command_line.sh
aws="$*"
s3() {
    head -c 12582912 /dev/urandom >/tmp/sent
    there_and_back "$aws s3 cp /tmp/sent s3://$BUCKET/aws-cli" "$aws s3 cp s3://$BUCKET/aws-cli /tmp/came" &&
        $aws s3 ls "s3://$BUCKET"
}
more() {
    printf 0123456789 >/tmp/ten
    $aws s3api put-object --bucket "$BUCKET" --key ten --body /tmp/ten &&
        $aws s3api get-object --bucket "$BUCKET" --key ten --range bytes=2-4 /tmp/range &&
        [ "$(cat /tmp/range)" = 234 ] &&
        $aws s3 cp "s3://$BUCKET/ten" "s3://$BUCKET/copy" &&
        $aws s3api delete-objects --bucket "$BUCKET" --delete 'Objects=[{Key=ten},{Key=copy}]'
}
keys() {
    [ "$($aws s3api list-objects-v2 --bucket "$FULL_BUCKET" --query 'length(Contents)')" = 3000 ]
}
OPEN="import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())"
presigned() {
    url=$($aws s3 presign "s3://$BUCKET/aws-cli") && python3 -c "$OPEN" "$url" >/tmp/came &&
        cmp /tmp/sent /tmp/came
}
queue() {
    url=$($aws sqs create-queue --queue-name "$BUCKET" --query QueueUrl --output text) &&
        $aws sqs send-message --queue-url "$url" --message-body hello &&
        [ "$($aws sqs receive-message --queue-url "$url" --query 'Messages[0].Body' --output text)" = hello ]
}
topic() {
    arn=$($aws sns create-topic --name "$BUCKET" --query TopicArn --output text) &&
        $aws sns publish --topic-arn "$arn" --message "a+b c%20"
}
parameter() {
    $aws ssm put-parameter --name "/$BUCKET" --value v --type SecureString &&
        [ "$($aws ssm get-parameter --name "/$BUCKET" --with-decryption --query Parameter.Value --output text)" = v ]
}
secret() {
    $aws secretsmanager create-secret --name "$BUCKET" --secret-string hush &&
        [ "$($aws secretsmanager get-secret-value --secret-id "$BUCKET" --query SecretString --output text)" = hush ]
}
key() {
    key=$($aws kms create-key --query KeyMetadata.KeyId --output text) &&
        printf plain >/tmp/plain &&
        $aws kms encrypt --key-id "$key" --plaintext fileb:///tmp/plain --query CiphertextBlob --output text |
        base64 -d >/tmp/sealed &&
        $aws kms decrypt --ciphertext-blob fileb:///tmp/sealed --query Plaintext --output text |
        base64 -d | cmp /tmp/plain -
}
invoke() {
    printf '{"a": 1}' >/tmp/payload
    $aws lambda invoke --function-name "$FUNCTION" --payload fileb:///tmp/payload /tmp/answer &&
        cmp /tmp/payload /tmp/answer
}
version $aws --version
tried sts $aws sts get-caller-identity
tried s3 s3
tried s3-more more
tried s3-3000 keys
tried presigned presigned
tried dynamodb $aws dynamodb list-tables
tried sqs queue
tried sns topic
tried ssm parameter
tried secretsmanager secret
tried kms key
tried lambda invoke
tried logs $aws logs describe-log-groups
tried ec2 $aws ec2 describe-instances
tried iam $aws iam list-roles
tried cloudwatch $aws cloudwatch put-metric-data --namespace "$BUCKET" --metric-name calls --value 1
tried ecr $aws ecr describe-repositories
