# $1 and more is the command.
. ./command_line.sh
aws="$*"
s3() {
    head -c 12582912 /dev/urandom >/tmp/sent
    there_and_back "$aws s3 cp /tmp/sent s3://$BUCKET/aws-cli" "$aws s3 cp s3://$BUCKET/aws-cli /tmp/came" &&
        $aws s3 ls "s3://$BUCKET"
}
version $aws --version
tried sts $aws sts get-caller-identity
tried s3 s3
tried dynamodb $aws dynamodb list-tables
tried sqs $aws sqs list-queues
