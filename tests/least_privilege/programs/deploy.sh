#!/bin/sh
# A script with the AWS CLI: publishes a report, and says so to CloudWatch.
set -eu

bucket=$BUCKET
aws sts get-caller-identity --query Account --output text
echo "one line" >/tmp/report.txt
aws s3 cp /tmp/report.txt "s3://$bucket/reports/2026/11/report.txt" --only-show-errors
aws s3 cp /tmp/report.txt "s3://$bucket/reports/2026/12/report.txt" --only-show-errors
aws s3 ls "s3://$bucket/reports/2026/" --recursive
aws s3 cp "s3://$bucket/reports/2026/12/report.txt" - >/dev/null
aws s3 rm "s3://$bucket/reports/2026/11/report.txt" --only-show-errors
aws cloudwatch put-metric-data --namespace Reports --metric-name Published --value 1
aws ssm get-parameter --name /reports/reader --query Parameter.Value --output text
echo done
