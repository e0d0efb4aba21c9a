. ./command_line.sh
s3() {
    printf content >/tmp/sent
    there_and_back "s5cmd cp /tmp/sent s3://$BUCKET/s5cmd" "s5cmd cp s3://$BUCKET/s5cmd /tmp/came" &&
        s5cmd ls "s3://$BUCKET/"
}
multipart() {
    head -c 12582912 /dev/urandom >/tmp/sent
    there_and_back "s5cmd cp --part-size 5 /tmp/sent s3://$BUCKET/s5cmd-large" \
        "s5cmd cp s3://$BUCKET/s5cmd-large /tmp/came"
}
keys() {
    [ "$(s5cmd ls "s3://$FULL_BUCKET/" | wc -l)" = 3000 ]
}
version s5cmd version
tried s3 s3
tried s3-3000 keys
tried multipart multipart
