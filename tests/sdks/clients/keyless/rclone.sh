. ./command_line.sh
s3() {
    printf content >/tmp/sent
    there_and_back "rclone copyto /tmp/sent '$1:$BUCKET/rclone-$2'" \
        "rclone copyto '$1:$BUCKET/rclone-$2' /tmp/came" && rclone lsf "$1:$BUCKET"
}
multipart() {
    head -c 12582912 /dev/urandom >/tmp/sent
    there_and_back "rclone --s3-upload-cutoff 5M copyto /tmp/sent '$1:$BUCKET/rclone-$2'" \
        "rclone copyto '$1:$BUCKET/rclone-$2' /tmp/came"
}
keys() {
    [ "$(rclone lsf "$1:$FULL_BUCKET" | wc -l)" = 3000 ]
}
version rclone version
tried s3 s3 ":s3,provider=Other,env_auth=true" other
tried s3-3000 keys ":s3,provider=Other,env_auth=true"
tried s3-as-aws s3 ":s3,provider=AWS,env_auth=true" aws
tried multipart multipart ":s3,provider=AWS,env_auth=true" aws-large
