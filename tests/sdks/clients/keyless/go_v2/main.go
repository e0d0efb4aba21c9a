// The AWS SDK for Go v2, as Debian has it: older than the endpoint's variables, so that it is told the
// endpoint.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	watched "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	filtered "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	stored "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	parameters "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

var (
	ctx      = context.Background()
	bucket   = aws.String(os.Getenv("BUCKET"))
	settings aws.Config
	storage  *s3.Client
)

// must ends an attempt with what has failed.
func must[T any](answer T, why error) T {
	if why != nil {
		panic(why)
	}
	return answer
}

func same[T comparable](found, expected T) {
	if found != expected {
		panic(fmt.Sprint(found, " is not ", expected))
	}
}

func try(name string, attempt func()) {
	defer func() {
		if why := recover(); why != nil {
			fmt.Println("failed", name, strings.Join(strings.Fields(fmt.Sprint(why)), " "))
		}
	}()
	attempt()
	fmt.Println("ok", name)
}

func put(key, content string) {
	body := strings.NewReader(content)
	must(storage.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: body}))
}

func get(key string, part *string) string {
	answer := must(storage.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: &key, Range: part}))
	return string(must(io.ReadAll(answer.Body)))
}

func ofS3() {
	put("go (1)!*'", "content")
	same(get("go (1)!*'", nil), "content")
}

func moreOfS3() {
	put("go-ten", "0123456789")
	same(get("go-ten", aws.String("bytes=2-4")), "234")
	source := aws.String(*bucket + "/go-ten")
	must(storage.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("go-copy"), CopySource: source}))
	keys := []stored.ObjectIdentifier{{Key: aws.String("go-ten")}, {Key: aws.String("go-copy")}}
	both := s3.DeleteObjectsInput{Bucket: bucket, Delete: &stored.Delete{Objects: keys}}
	same(len(must(storage.DeleteObjects(ctx, &both)).Deleted), 2)
}

func manyKeys() {
	full := s3.ListObjectsV2Input{Bucket: aws.String(os.Getenv("FULL_BUCKET"))}
	pages, count := s3.NewListObjectsV2Paginator(storage, &full), 0
	for pages.HasMorePages() {
		count += len(must(pages.NextPage(ctx)).Contents)
	}
	same(count, 3000)
}

func multipart() {
	content := bytes.Repeat([]byte("large"), 11<<18)
	input := s3.PutObjectInput{Bucket: bucket, Key: aws.String("go-large"), Body: bytes.NewReader(content)}
	must(manager.NewUploader(storage).Upload(ctx, &input))
	same(get("go-large", nil), string(content))
}

func presigned() {
	input := s3.GetObjectInput{Bucket: bucket, Key: aws.String("go (1)!*'")}
	signed := must(s3.NewPresignClient(storage).PresignGetObject(ctx, &input))
	answer := must(http.Get(signed.URL))
	same(string(must(io.ReadAll(answer.Body))), "content")
}

func ofSqs() {
	queues := sqs.NewFromConfig(settings)
	url := must(queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: bucket})).QueueUrl
	must(queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("hello")}))
	same(*must(queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url})).Messages[0].Body, "hello")
}

func ofSns() {
	topics := sns.NewFromConfig(settings)
	topic := must(topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: bucket})).TopicArn
	must(topics.Publish(ctx, &sns.PublishInput{TopicArn: topic, Message: aws.String("a+b c%20ü")}))
}

func ofSsm() {
	manager, name := ssm.NewFromConfig(settings), aws.String("/"+*bucket)
	input := ssm.PutParameterInput{Name: name, Value: aws.String("v"), Type: parameters.ParameterTypeSecureString}
	must(manager.PutParameter(ctx, &input))
	found := must(manager.GetParameter(ctx, &ssm.GetParameterInput{Name: name, WithDecryption: aws.Bool(true)}))
	same(*found.Parameter.Value, "v")
}

func ofSecrets() {
	secrets := secretsmanager.NewFromConfig(settings)
	must(secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: bucket, SecretString: aws.String("hush")}))
	found := must(secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: bucket}))
	same(*found.SecretString, "hush")
}

func ofKms() {
	keys := kms.NewFromConfig(settings)
	key := must(keys.CreateKey(ctx, nil)).KeyMetadata.KeyId
	sealed := must(keys.Encrypt(ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("plain")}))
	opened := must(keys.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}))
	same(string(opened.Plaintext), "plain")
}

func ofLambda() {
	input := lambda.InvokeInput{FunctionName: aws.String(os.Getenv("FUNCTION")), Payload: []byte(`{"a": 1}`)}
	same(string(must(lambda.NewFromConfig(settings).Invoke(ctx, &input)).Payload), `{"a": 1}`)
}

func ofLogs() {
	logs := cloudwatchlogs.NewFromConfig(settings)
	must(logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: bucket}))
	input := cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: bucket}
	same(len(must(logs.DescribeLogGroups(ctx, &input)).LogGroups), 1)
}

func ofEc2() {
	filters := []filtered.Filter{{Name: aws.String("tag:a b"), Values: []string{"c&d"}}}
	must(ec2.NewFromConfig(settings).DescribeInstances(ctx, &ec2.DescribeInstancesInput{Filters: filters}))
}

func ofCloudwatch() {
	data := []watched.MetricDatum{{MetricName: aws.String("calls"), Value: aws.Float64(1)}}
	input := cloudwatch.PutMetricDataInput{Namespace: bucket, MetricData: data}
	must(cloudwatch.NewFromConfig(settings).PutMetricData(ctx, &input))
}

func main() {
	fmt.Println("version", aws.SDKVersion)
	endpoint := func(service, region string, options ...interface{}) (aws.Endpoint, error) {
		return aws.Endpoint{URL: os.Getenv("AWS_ENDPOINT_URL"), SigningRegion: region}, nil
	}
	resolver := aws.EndpointResolverWithOptionsFunc(endpoint)
	settings = must(config.LoadDefaultConfig(ctx, config.WithEndpointResolverWithOptions(resolver)))
	storage = s3.NewFromConfig(settings, func(options *s3.Options) { options.UsePathStyle = true })
	try("sts", func() { must(sts.NewFromConfig(settings).GetCallerIdentity(ctx, nil)) })
	try("s3", ofS3)
	try("s3-more", moreOfS3)
	try("s3-3000", manyKeys)
	try("multipart", multipart)
	try("presigned", presigned)
	try("dynamodb", func() { must(dynamodb.NewFromConfig(settings).ListTables(ctx, nil)) })
	try("sqs", ofSqs)
	try("sns", ofSns)
	try("ssm", ofSsm)
	try("secretsmanager", ofSecrets)
	try("kms", ofKms)
	try("lambda", ofLambda)
	try("logs", ofLogs)
	try("ec2", ofEc2)
	try("iam", func() { must(iam.NewFromConfig(settings).ListRoles(ctx, nil)) })
	try("cloudwatch", ofCloudwatch)
	try("ecr", func() { must(ecr.NewFromConfig(settings).DescribeRepositories(ctx, nil)) })
}
