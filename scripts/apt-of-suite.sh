# shellcheck shell=sh
# Sourced by the scripts that unpack packages of another of Debian's suites than this machine's.
#
#     write_apt_configuration DIR SUITE [MIRROR]
#
# writes DIR/apt.conf, for APT_CONFIG: an apt that knows only the suite, and of no installed package.
# A mirror may serve an index that has expired; the signature is checked like any other.
write_apt_configuration() {
    mkdir -p "$1/lists/partial" "$1/archives/partial"
    : >"$1/status"
    echo "deb [check-valid-until=no signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "${3:-http://deb.debian.org/debian} $2 main" >"$1/sources.list"
    cat >"$1/apt.conf" <<END
Dir::State "$1";
Dir::State::lists "$1/lists";
Dir::State::status "$1/status";
Dir::Cache "$1";
Dir::Cache::archives "$1/archives";
Dir::Etc::sourcelist "$1/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
END
}
