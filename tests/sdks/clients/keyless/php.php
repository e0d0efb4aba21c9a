<?php
require "/sdks/php/autoload.php";

$bucket = getenv("BUCKET");
$settings = ["region" => getenv("AWS_REGION")];
$s3 = new Aws\S3\S3Client($settings);

function same($found, $expected)
{
    if ($found != $expected) {
        throw new Exception("another content");
    }
}

/** A client of a service for which the SDK has here a model, and no class of its own. */
function of($service)
{
    return new Aws\AwsClient(["service" => $service, "version" => "latest", "region" => getenv("AWS_REGION")]);
}

$attempts = [
    "sts" => function () use ($settings) {
        (new Aws\Sts\StsClient($settings))->getCallerIdentity();
    },
    "kms" => function () use ($settings) {
        $kms = new Aws\Kms\KmsClient($settings);
        $key = $kms->createKey()["KeyMetadata"]["KeyId"];
        $sealed = $kms->encrypt(["KeyId" => $key, "Plaintext" => "plain"])["CiphertextBlob"];
        same($kms->decrypt(["CiphertextBlob" => $sealed])["Plaintext"], "plain");
    },
    "s3" => function () use ($s3, $bucket) {
        $s3->putObject(["Bucket" => $bucket, "Key" => "php", "Body" => "content"]);
        same($s3->getObject(["Bucket" => $bucket, "Key" => "php"])["Body"], "content");
        same($s3->listObjectsV2(["Bucket" => $bucket])["KeyCount"] > 0, true);
    },
    "multipart" => function () use ($s3, $bucket) {
        $content = random_bytes(11 << 20);
        $options = ["part_size" => 5 << 20, "mup_threshold" => 5 << 20];
        $s3->upload($bucket, "php-large", $content, "private", $options);
        same($s3->getObject(["Bucket" => $bucket, "Key" => "php-large"])["Body"], $content);
    },
    "s3-more" => function () use ($s3, $bucket) {
        $key = ["Bucket" => $bucket, "Key" => "php-ten"];
        $s3->putObject($key + ["Body" => "0123456789"]);
        same($s3->getObject($key + ["Range" => "bytes=2-4"])["Body"], "234");
        $s3->copyObject(["Bucket" => $bucket, "Key" => "php-copy", "CopySource" => "$bucket/php-ten"]);
        $objects = [["Key" => "php-ten"], ["Key" => "php-copy"]];
        $deleted = $s3->deleteObjects(["Bucket" => $bucket, "Delete" => ["Objects" => $objects]]);
        same(count($deleted["Deleted"]), 2);
    },
    "s3-3000" => function () use ($s3) {
        $pages = $s3->getPaginator("ListObjectsV2", ["Bucket" => getenv("FULL_BUCKET")]);
        same(iterator_count($pages->search("Contents[].Key")), 3000);
    },
    "presigned" => function () use ($s3, $bucket) {
        $get = $s3->getCommand("GetObject", ["Bucket" => $bucket, "Key" => "php"]);
        $url = (string) $s3->createPresignedRequest($get, "+1 minute")->getUri();
        same(file_get_contents($url), "content");
    },
    "dynamodb" => fn() => of("dynamodb")->listTables(),
    "sqs" => function () use ($bucket) {
        $sqs = of("sqs");
        $queue = ["QueueUrl" => $sqs->createQueue(["QueueName" => "$bucket-php"])["QueueUrl"]];
        $sqs->sendMessage($queue + ["MessageBody" => "hello"]);
        same($sqs->receiveMessage($queue)["Messages"][0]["Body"], "hello");
    },
    "sns" => function () use ($bucket) {
        $topic = of("sns")->createTopic(["Name" => $bucket])["TopicArn"];
        of("sns")->publish(["TopicArn" => $topic, "Message" => "a+b c%20ü"]);
    },
    "ssm" => function () use ($bucket) {
        of("ssm")->putParameter(["Name" => "/$bucket", "Value" => "v", "Type" => "SecureString"]);
        $found = of("ssm")->getParameter(["Name" => "/$bucket", "WithDecryption" => true]);
        same($found["Parameter"]["Value"], "v");
    },
    "secretsmanager" => function () use ($bucket) {
        of("secretsmanager")->createSecret(["Name" => $bucket, "SecretString" => "hush"]);
        $found = of("secretsmanager")->getSecretValue(["SecretId" => $bucket]);
        same($found["SecretString"], "hush");
    },
    "lambda" => function () {
        $call = ["FunctionName" => getenv("FUNCTION"), "Payload" => '{"a": 1}'];
        same(of("lambda")->invoke($call)["Payload"], '{"a": 1}');
    },
    "logs" => function () use ($bucket) {
        of("logs")->createLogGroup(["logGroupName" => $bucket]);
        $found = of("logs")->describeLogGroups(["logGroupNamePrefix" => $bucket]);
        same(count($found["logGroups"]), 1);
    },
    "ec2" => fn() => of("ec2")->describeInstances([
        "Filters" => [["Name" => "tag:a b", "Values" => ["c&d"]]],
    ]),
    "iam" => fn() => same(count(of("iam")->listRoles()["Roles"]) > 0, true),
    "cloudwatch" => fn() => of("monitoring")->putMetricData([
        "Namespace" => $bucket,
        "MetricData" => [["MetricName" => "calls", "Value" => 1]],
    ]),
    "ecr" => fn() => of("ecr")->describeRepositories(),
];
echo "version ", Aws\Sdk::VERSION, "\n";
foreach ($attempts as $name => $attempt) {
    try {
        $attempt();
        echo "ok $name\n";
    } catch (Throwable $why) {
        $words = preg_replace('/\s+/', " ", get_class($why) . " " . $why->getMessage());
        echo "failed $name $words\n";
    }
}
