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
version $aws --version
tried sts $aws sts get-caller-identity
tried s3 s3
tried dynamodb $aws dynamodb list-tables
tried sqs $aws sqs list-queues
tried s3-more more
tried sns $aws sns list-topics
tried ssm $aws ssm describe-parameters
tried secretsmanager $aws secretsmanager list-secrets
tried kms $aws kms list-keys
tried lambda $aws lambda list-functions
tried logs $aws logs describe-log-groups
tried ec2 $aws ec2 describe-instances
tried iam $aws iam list-roles
tried cloudwatch $aws cloudwatch list-metrics
tried ecr $aws ecr describe-repositories
