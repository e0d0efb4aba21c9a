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

$attempts = [
    "sts" => function () use ($settings) {
        (new Aws\Sts\StsClient($settings))->getCallerIdentity();
    },
    "kms" => function () use ($settings) {
        (new Aws\Kms\KmsClient($settings))->listKeys();
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
    "presigned" => function () use ($s3, $bucket) {
        $get = $s3->getCommand("GetObject", ["Bucket" => $bucket, "Key" => "php"]);
        $url = (string) $s3->createPresignedRequest($get, "+1 minute")->getUri();
        same(file_get_contents($url), "content");
    },
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
