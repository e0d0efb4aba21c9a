#!/bin/sh
# Says which version it is, runs a command once a second for DURATION seconds, and says what came of
# it. The version is what VERSION, a command too, prints.
# shellcheck disable=SC2046,SC2086  # each word an argument: VERSION runs, and output becomes a line
echo version $($VERSION 2>&1)
end=$(($(date +%s) + DURATION))
while [ "$(date +%s)" -lt "$end" ]; do
    if why=$("$@" 2>&1); then
        echo ok
    else
        echo failed: $why
    fi
    sleep 1
done
