#!/bin/sh
# Installs credrun for this user, updates it, or removes it: `sh install.sh --help`.
#
# POSIX sh. Nothing runs before the last line has arrived. What is downloaded lies in a directory
# beside the target until it is checked and has run once; then one rename puts it in place, which a
# credrun that is running does not notice.
set -eu

# OWNER/NAME of the releases on GitHub. `make dist` fills it in where it is told.
repository=

usage() {
    cat <<'END'
Installs credrun, or updates it.

    sh install.sh [--version X] [--to DIR]
    sh install.sh --uninstall [--to DIR]

    --version X   this version; otherwise the latest
    --to DIR      the directory for the program; otherwise ~/.local/bin
    --uninstall   removes the program, and the link that makes it a plugin of docker
    --help        prints this

CREDRUN_RELEASES names where a release is: a directory, or an https:// URL, with SHA256SUMS
and the archives in it. For --version X, its sub-directory vX is looked at first.

Where docker's client is, `docker credrun` is set up as well. Nothing else is changed.
END
}

say() {
    printf 'install.sh: %s\n' "$1"
}

# The first line says what failed; the others are whole lines.
fail() {
    printf 'install.sh: %s\n' "$1" >&2
    shift
    for line; do
        printf '%s\n' "$line" >&2
    done
    exit 1
}

# The same with what the last program said, which is in $why, or with a full disk, on which it
# could say nothing.
fail_with_cause() {
    # wget indents headers.
    cause=$(grep '^[^ ]' "$why" 2>/dev/null | tail -n 1) || cause=
    if ! { printf '%04096d' 0 >"$work/room"; } 2>/dev/null; then
        cause="there is no room left in $to"
    fi
    [ -z "$cause" ] || set -- "$1" "caused by: $cause"
    fail "$@"
}

is_there() {
    command -v "$1" >/dev/null 2>&1
}

read_options() {
    version='' to='' uninstall=''
    while [ $# -gt 0 ]; do
        case $1 in
            --version=* | --to=*)
                option=${1%%=*} value=${1#*=}
                shift
                set -- "$option" "$value" "$@"
                continue
                ;;
            --version | --to)
                [ -n "${2-}" ] || wrong_usage "$1 needs a value"
                case $1 in
                    --version) version=${2#v} ;;
                    --to) to=$2 ;;
                esac
                shift
                ;;
            --uninstall) uninstall=yes ;;
            --help | -h)
                usage
                exit 0
                ;;
            *) wrong_usage "there is no option $1" ;;
        esac
        shift
    done
    case $version in
        *[!0-9A-Za-z.+-]*) wrong_usage "$version is not a version" ;;
    esac
    if [ -z "$to" ]; then
        [ -n "${HOME-}" ] || wrong_usage "HOME is not set; name a directory with --to"
        to=$HOME/.local/bin
    fi
    case $to in
        /*) ;;
        *) to=$PWD/$to ;;
    esac
    [ "$to" = / ] || to=${to%/}
    program=$to/credrun
}

wrong_usage() {
    printf 'install.sh: %s\nhint: sh install.sh --help\n' "$1" >&2
    exit 2
}

find_target() {
    system=$(uname -s) machine=$(uname -m)
    case $system/$machine in
        Linux/x86_64) target=x86_64-unknown-linux-musl ;;
        Linux/aarch64 | Linux/arm64) target=aarch64-unknown-linux-musl ;;
        Darwin/x86_64) target=x86_64-apple-darwin ;;
        Darwin/arm64) target=aarch64-apple-darwin ;;
        *)
            fail "there is no release for $system on $machine" \
                "hint: in a clone of the repository, with Rust: cargo install --locked --path ."
            ;;
    esac
    archive=credrun-$target.tar.gz
}

# Sets `release`, and `other_release` where a version may be in either.
find_release() {
    release='' other_release=''
    if [ -n "${CREDRUN_RELEASES-}" ]; then
        release=${CREDRUN_RELEASES%/}
        [ -z "$version" ] || other_release=$release release=$release/v$version
    elif [ -z "$repository" ]; then
        fail "no release is known" \
            "hint: set CREDRUN_RELEASES to a directory or URL with a release in it"
    elif [ -n "$version" ]; then
        release=https://github.com/$repository/releases/download/v$version
    else
        release=https://github.com/$repository/releases/latest/download
    fi
    case $release in
        *://*) check_address ;;
    esac
}

# The checksums come the same way as the archive, so nobody on the way may change them.
check_address() {
    authority=${release#*://}
    authority=${authority%%[/?#]*}
    port=${authority##*:}
    case $port in
        *[!0-9]*) host=$authority ;;
        *) host=${authority%:"$port"} ;;
    esac
    case $authority in
        # What is before it may be a password, and is not printed.
        *@*) fail "CREDRUN_RELEASES is refused: it has an @ before its host" ;;
    esac
    case $release in
        https://*) ;;
        http://*)
            case $host in
                127.0.0.1 | localhost | '[::1]') unset http_proxy HTTP_PROXY all_proxy ALL_PROXY ;;
                *) fail "$CREDRUN_RELEASES is refused: anyone on the way could change what is downloaded" \
                    "hint: use https://, or a directory" ;;
            esac
            ;;
        *) fail "$CREDRUN_RELEASES is neither a directory nor an https:// URL" ;;
    esac
}

# What has to be there, said before anything is changed.
check_tools() {
    for tool in tar gzip mktemp; do
        is_there "$tool" || fail "$tool is missing"
    done
    is_there sha256sum || is_there shasum || is_there openssl || is_there busybox ||
        fail "nothing here can check a SHA-256 checksum" \
            "hint: install one of sha256sum, shasum, openssl, busybox"
    case $release in
        *://*) is_there curl || is_there wget || fail "curl or wget is missing" ;;
    esac
    if [ -L "$program" ]; then
        fail "$program is a link that install.sh did not make" \
            "hint: remove it, or choose another directory with --to"
    elif [ -e "$program" ] && [ ! -f "$program" ]; then
        fail "$program is not a file"
    fi
}

# Creates the directories that are missing, and notes them in `made`, the deepest first.
make_directory() {
    [ ! -d "$1" ] || return 0
    make_directory "$(dirname "$1")"
    mkdir "$1" || fail "$1 cannot be created"
    made="$1
$made"
}

clean_up() {
    trap '' HUP INT TERM
    [ -z "$child" ] || kill "$child" 2>/dev/null || :
    [ -z "$work" ] || rm -rf "$work"
    # A directory with something in it stays.
    printf '%s' "$made" | while IFS= read -r directory; do
        rmdir "$directory" 2>/dev/null || :
    done
}

start_work() {
    work='' made='' child=''
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    make_directory "$to"
    work=$(mktemp -d "$to/.credrun-install.XXXXXX") || fail "$to cannot be written to"
    why=$work/why
}

# Runs a program in such a way that a signal need not wait for its end.
watched() {
    "$@" >"$why" 2>&1 &
    child=$!
    if wait "$child"; then ended=0; else ended=$?; fi
    child=''
    return "$ended"
}

# Gets file $2 of release $1 into $work. https:// is followed to https:// alone, and this machine to nowhere.
get() {
    case $1 in
        https://*) protocol='=https' redirects=10 ;;
        *) protocol='=http' redirects=0 ;;
    esac
    case $1 in
        *://*)
            if is_there curl; then
                watched curl --fail --silent --show-error --location --proto "$protocol" --max-redirs "$redirects" \
                    --connect-timeout 30 --speed-limit 1 --speed-time 30 --retry 3 \
                    --output "$work/$2" "$1/$2"
            else
                get_with_wget "$1/$2" "$work/$2"
            fi
            ;;
        *) watched cp "$1/$2" "$work/$2" ;;
    esac
}

# No option makes each wget stay with https://. So it prints the headers of all answers (-S), and what
# came another way is not used.
get_with_wget() {
    # GNU's alone: busybox's can be built without it, and crashes then.
    wget_timeout=''
    ! wget --version >/dev/null 2>&1 || wget_timeout=--timeout=30
    # shellcheck disable=SC2086  # one argument or none
    watched wget $wget_timeout -S -O "$2" "$1" || return
    # busybox can be built without certificates; it says so then.
    ! grep -q 'certificate validation not implemented' "$why" ||
        fail "this wget does not check whose certificate it is" "hint: install curl"
    grep -q '^ *HTTP/' "$why" || fail "this wget does not show where it was redirected to" "hint: install curl"
    case $redirects in
        0) allowed='^$' ;;
        *) allowed='^ *location: *\(https://\|/\)' ;;
    esac
    ! grep -i '^ *location:' "$why" | grep -i -q -v "$allowed" ||
        fail "$1 was not taken: it redirects to an address that is refused"
}

get_checksums() {
    if [ -n "$other_release" ]; then
        ! get "$release" SHA256SUMS || return 0
        release=$other_release
    fi
    get "$release" SHA256SUMS || fail_with_cause "SHA256SUMS cannot be fetched from $release"
}

sha256() {
    if is_there sha256sum; then
        sha256sum "$1"
    elif is_there shasum; then
        shasum -a 256 "$1"
    elif is_there openssl; then
        openssl dgst -sha256 -r "$1"
    else
        busybox sha256sum "$1"
    fi | cut -d ' ' -f 1
}

check_archive() {
    expected=$(while read -r sum name; do
        [ "${name#\*}" != "$archive" ] || echo "$sum"
    done <"$work/SHA256SUMS")
    [ -n "$expected" ] || fail "$release has no $archive"
    get "$release" "$archive" || fail_with_cause "$archive cannot be fetched from $release"
    found=$(sha256 "$work/$archive")
    [ "$found" = "$expected" ] || fail "$archive is not what SHA256SUMS says, and was not installed" \
        "caused by: its SHA-256 is $found, not $expected"
}

# Unpacks the program alone, and asks it for its version: it has to run here.
unpack() {
    unpacked=$work/credrun
    tar -xzOf "$work/$archive" "credrun-$target/credrun" >"$unpacked" 2>"$why" ||
        fail_with_cause "$archive cannot be unpacked"
    chmod 755 "$unpacked"
    new_version=$(version_of "$unpacked")
    [ -n "$new_version" ] || fail_with_cause "the program in $archive does not run here"
    if [ -n "$version" ] && [ "$version" != "$new_version" ]; then
        fail "the release at $release is $new_version, not $version"
    fi
}

# Nothing where it does not run, or is something else.
version_of() {
    said=$("$1" --version 2>"$why" </dev/null) || said=
    case $said in
        'credrun '*) echo "${said#credrun }" ;;
    esac
}

put_in_place() {
    old=''
    if [ -f "$program" ]; then
        old=$(version_of "$program")
        old=${old:-an unknown version}
        if [ "$(sha256 "$program")" = "$(sha256 "$unpacked")" ]; then
            say "credrun $new_version is up to date: $program"
            return
        fi
    fi
    mv -f "$unpacked" "$program" 2>"$why" || fail_with_cause "$program cannot be replaced"
    case $old in
        '') say "credrun $new_version is installed: $program" ;;
        "$new_version") say "credrun $new_version is installed again: $program" ;;
        *) say "credrun is updated from $old to $new_version: $program" ;;
    esac
}

# Where docker looks for its plugins; nothing without a home directory.
find_plugin() {
    plugin=${DOCKER_CONFIG:-${HOME:+$HOME/.docker}}
    [ -z "$plugin" ] || plugin=$plugin/cli-plugins/docker-credrun
}

# A failure here is no reason to take the program back.
link_plugin() {
    find_plugin
    if [ -z "$plugin" ] || ! is_there docker; then
        return
    fi
    linked=$(readlink "$plugin" || :)
    if [ "$linked" = "$program" ]; then
        return
    elif { [ -e "$plugin" ] || [ -L "$plugin" ]; } && ! is_credrun "$linked"; then
        say "$plugin is something else, and was left alone"
    elif mkdir -p "${plugin%/*}" && ln -s "$program" "$work/link" && mv -f "$work/link" "$plugin"; then
        say "\`docker credrun\` is set up: $plugin"
    else
        say "\`docker credrun\` could not be set up" >&2
    fi
}

# Whether it is a program that install.sh can have put there, of any version.
is_credrun() {
    case $1 in
        /*/credrun) [ -f "$1" ] && [ ! -L "$1" ] && [ -n "$(version_of "$1")" ] ;;
        *) false ;;
    esac
}

# What the user's shell needs to find the program and to complete its command lines.
say_what_is_missing() {
    shell=${SHELL-}
    # shellcheck disable=SC2016,SC2088  # that shell expands it
    case ${shell##*/} in
        zsh) file='~/.zshrc' completion='eval "$(credrun completion zsh)"' ;;
        fish) file='~/.config/fish/config.fish' completion='credrun completion fish | source' ;;
        *) file='~/.bashrc' completion='eval "$(credrun completion bash)"' ;;
    esac
    case ":$PATH:" in
        *":$to:"* | *":$to/:"*)
            first=$(command -v credrun || :)
            case $first in
                "$program" | "$to//credrun") ;;
                *) say "$first comes before it in PATH" ;;
            esac
            ;;
        *)
            say "$to is not in PATH. Add this line to $file:"
            case $file in
                *fish*) echo "    fish_add_path '$to'" ;;
                *) echo "    export PATH=\"$to:\$PATH\"" ;;
            esac
            ;;
    esac
    if [ -z "$old" ]; then
        say "for completion of its command lines, add this line to $file:"
        echo "    $completion"
    fi
}

uninstall() {
    why=/dev/null
    if [ ! -e "$program" ] && [ ! -L "$program" ]; then
        say "there is no credrun in $to"
    elif ! is_credrun "$program"; then
        fail "$program was left alone" "caused by: it is not a credrun that runs here"
    else
        rm -f "$program" || fail "$program cannot be removed"
        say "$program is removed"
    fi
    find_plugin
    if [ -n "$plugin" ] && [ "$(readlink "$plugin" || :)" = "$program" ]; then
        rm "$plugin" || fail "$plugin cannot be removed"
        say "$plugin is removed"
    fi
}

install_credrun() {
    read_options "$@"
    if [ -n "$uninstall" ]; then
        uninstall
        return
    fi
    find_target
    find_release
    check_tools
    start_work
    get_checksums
    check_archive
    unpack
    put_in_place
    link_plugin
    say_what_is_missing
}

# In braces, so that half of this line is nothing that runs.
{ install_credrun "$@"; }
