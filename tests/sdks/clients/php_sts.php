<?php
// Says which version it is, calls once a second for DURATION seconds, and says what came of it.
require "/sdks/php/autoload.php";

$sts = new Aws\Sts\StsClient([
    "endpoint" => getenv("ENDPOINT"),
    "region" => getenv("AWS_REGION"),
]);
echo "version ", Aws\Sdk::VERSION, "\n";
$end = microtime(true) + getenv("DURATION");
while (($began = microtime(true)) < $end) {
    try {
        $sts->getCallerIdentity();
        echo "ok\n";
    } catch (Exception $why) {
        echo "failed: ", preg_replace('/\s+/', " ", get_class($why) . " " . $why->getMessage()), "\n";
    }
    usleep((int) max(0, 1e6 * ($began + 1 - microtime(true))));
}
