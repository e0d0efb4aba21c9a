# Says which version it is, and what comes of commands: `tried NAME COMMAND…` for each.
tried() {
    name=$1
    shift
    if why=$("$@" 2>&1); then
        echo "ok $name"
    else
        echo "failed $name $(echo "$why" | tail -n 3 | tr -s '[:space:]' ' ')"
    fi
}
version() {
    echo "version $("$@" 2>&1 | head -n 1)"
}
# there_and_back UPLOAD DOWNLOAD: what was uploaded from /tmp/sent comes back as /tmp/came.
there_and_back() {
    rm -f /tmp/came
    sh -c "$1" && sh -c "$2" && cmp /tmp/sent /tmp/came
}
