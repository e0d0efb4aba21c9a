//! Random `docker run` command lines, from docker's own grammars and from just beside them.

use crate::flag_forms::{any_of, any_word, bare, bools, near, number, size, valued};
use proptest::prelude::*;

/// Flags, an image, and sometimes a command.
pub fn command_line() -> impl Strategy<Value = Vec<String>> {
    (
        prop::collection::vec(flag(), 0..7),
        image(),
        prop::collection::vec(word(), 0..3),
    )
        .prop_map(|(flags, image, command)| {
            let mut args = flags.concat();
            args.push(image);
            args.extend(command);
            args
        })
}

/// One flag and an image: both clients have one reason at most to refuse it.
pub fn single_flag() -> impl Strategy<Value = Vec<String>> {
    flag().prop_map(|mut args| {
        args.push("img".to_owned());
        args
    })
}

/// One flag with its value, in one of the ways to write it.
fn flag() -> BoxedStrategy<Vec<String>> {
    prop_oneof![
        3 => process_flag(),
        2 => file_flag(),
        3 => network_flag(),
        3 => resource_flag(),
        2 => isolation_flag(),
        2 => life_flag(),
    ]
    .boxed()
}

fn process_flag() -> BoxedStrategy<Vec<String>> {
    prop_oneof![
        bare(&[
            "-i",
            "-t",
            "-it",
            "-ti",
            "--interactive",
            "--init",
            "--privileged",
            "-P",
            "--publish-all",
            "-d"
        ]),
        bools(&[
            "--tty",
            "--init",
            "--read-only",
            "--privileged",
            "--oom-kill-disable"
        ]),
        valued(&["-e", "--env"], near("[A-C][A-Z_]{0,2}(=[a-z =\"]{0,5})?")),
        valued(
            &["-e", "--env"],
            any_of(&["FROMENV", "NOTSET", "A B=1", "=x", "A="])
        ),
        valued(&["-w", "--workdir"], near("(/[a-z.]{1,4}){0,2}")),
        valued(&["-u", "--user"], near("[a-z0-9]{0,4}(:[0-9]{1,3})?")),
        valued(&["-h", "--hostname", "--domainname"], near("[a-z.-]{1,6}")),
        valued(&["--entrypoint"], near("[a-z/ -]{0,6}")),
        valued(&["--group-add"], near("[a-z0-9]{1,4}")),
        valued(
            &["--env-file"],
            any_of(&["fx/env1", "fx/env2", "fx/envbad", "fx/envbad3", "fx/no"])
        ),
    ]
    .boxed()
}

fn file_flag() -> BoxedStrategy<Vec<String>> {
    prop_oneof![
        valued(
            &["-v", "--volume"],
            near("(\\.{0,2}/)?[a-z]{0,3}(:/[a-z]{1,2})?(:(ro|rw,z))?")
        ),
        valued(
            &["-v"],
            any_word("a:/x c:\\foo:/b ..:/up .x:/y /a/../b:/c :/x")
        ),
        valued(&["--mount"], mount()),
        valued(&["--tmpfs"], near("/[a-z]{1,3}(:[a-z=,]{0,6})?")),
        valued(
            &["--volumes-from", "--volume-driver"],
            near("[a-z]{1,3}(:ro)?")
        ),
        valued(&["--shm-size"], size()),
        valued(&["--storage-opt"], near("[a-z]{1,4}(=[0-9A-Z]{1,3})?")),
    ]
    .boxed()
}

fn mount() -> BoxedStrategy<String> {
    let field = any_word(
        "type=bind type=volume type=tmpfs TYPE=Bind type=image src=/a source=./b src=. \
        src=vol dst=/x target=/y destination= ro readonly=false RO=1 ro=yes \
        bind-propagation=rslave bind-propagation=rprivate bind-nonrecursive \
        bind-recursive=disabled bind-recursive=readonly bind-recursive=writable \
        bind-recursive=no volume-nocopy volume-nocopy=0 volume-label=a=b volume-label=c \
        volume-driver=local volume-opt=type=nfs volume-subpath=s \
        \"volume-opt=o=addr=1,rw\" tmpfs-size=1m tmpfs-mode=1777 tmpfs-mode=9 \
        tmpfs-size=x image-subpath=s consistency=Cached foo=bar foo a\"b",
    );
    let target = any_of(&["dst=/x", "target=/y", "ro"]);
    (prop::collection::vec(field, 1..5), target)
        .prop_map(|(mut fields, target)| {
            fields.push(target);
            fields.join(",")
        })
        .boxed()
}

fn network_flag() -> BoxedStrategy<Vec<String>> {
    prop_oneof![
        2 => valued(&["-p", "--publish"], port()),
        1 => valued(&["--expose"], near("[0-9]{1,5}(-[0-9]{1,5})?(/[a-z]{0,4})?")),
        2 => valued(&["--network", "--net"], network()),
        1 => valued(&["--network-alias", "--net-alias"], near("[a-z]{1,3}")),
        1 => valued(&["--ip"], any_of(&["10.0.0.5", "bogus", ""])),
        1 => valued(&["--ip6"], any_of(&["2001:db8::1", "::"])),
        1 => valued(&["--link-local-ip"], any_of(&["169.254.1.1", "fe80::1"])),
        1 => valued(&["--mac-address"], near("92:d0:c6:0a:29:3[0-9a-g]")),
        1 => valued(&["--link"], near("[a-z]{0,2}(:[a-z]{1,2}){0,2}")),
        1 => valued(&["--add-host"], near("[a-z]{0,2}[:=]\\[?(1\\.2\\.3\\.[0-9]{1,3}|::1|host-gateway)\\]?")),
        1 => valued(&["--dns"], any_of(&["8.8.8.8", " 1.1.1.1 ", "::0:1", "::ffff:1.2.3.4", "[::1]", "x"])),
        1 => valued(&["--dns-search"], near("[a-z0-9.-]{1,6}")),
        1 => valued(&["--dns-opt", "--dns-option"], near("[a-z:0-9]{1,4}")),
    ]
    .boxed()
}

fn port() -> BoxedStrategy<String> {
    let address = any_of(&[
        "",
        "",
        "127.0.0.1:",
        "[::1]:",
        "::1:",
        "localhost:",
        "1.2:",
        "[::1:",
    ]);
    let host = any_of(&[
        "",
        ":",
        "80:",
        "8000-8002:",
        "8000-8001:",
        "70000:",
        "9-8:",
        "x:",
    ]);
    let container = any_of(&["80", "9000-9002", "9000-9001", "0", "65536", "1-0", "a", ""]);
    let protocol = any_of(&["", "", "/tcp", "/UDP", "/sctp", "/foo", "/"]);
    let short = (address, host, container, protocol).prop_map(|(a, h, c, p)| a + &h + &c + &p);
    let long = prop::collection::vec(
        any_word("published=8080 target=80 target=81 protocol=udp mode=x foo a="),
        1..4,
    )
    .prop_map(|fields| fields.join(","));
    prop_oneof![4 => short, 1 => long].boxed()
}

fn network() -> BoxedStrategy<String> {
    let plain = any_of(&[
        "n1",
        "n1",
        "n2",
        "host",
        "none",
        "bridge",
        "default",
        "container:c",
        "",
    ]);
    let field = any_word(
        "name=n1 name=N2 name=host alias=A alias=b ip=10.0.0.5 ip6=::2 driver-opt=k=v \
        driver-opt=k gw-priority=5 gw-priority=x gw-priority=-1 \
        link-local-ip=169.254.1.2 mac-address=92:d0:c6:0a:29:33 mac-address=x foo=bar x",
    );
    let long = prop::collection::vec(field, 1..4)
        .prop_map(|fields| format!("name=n1,{}", fields.join(",")));
    prop_oneof![plain, long].boxed()
}

fn resource_flag() -> BoxedStrategy<Vec<String>> {
    prop_oneof![
        valued(&["-m", "--memory"], size()),
        valued(&["--memory-reservation", "--memory-swap"], size()),
        valued(&["--memory-swappiness"], number()),
        valued(&["--cpus"], near("[0-9]{0,2}[./]?[0-9]{0,3}")),
        valued(
            &["-c", "--cpu-shares", "--cpu-period", "--cpu-quota"],
            number()
        ),
        valued(
            &["--cpu-rt-period", "--cpu-rt-runtime", "--cpu-count"],
            number()
        ),
        valued(
            &["--pids-limit", "--oom-score-adj", "--stop-timeout"],
            number()
        ),
        valued(&["--blkio-weight"], number()),
        valued(
            &["--blkio-weight-device"],
            near("(/dev/)?[a-z]{0,3}:[0-9]{1,4}")
        ),
        valued(
            &["--device-read-bps", "--device-write-bps"],
            near("(/dev/)?[a-z]{1,3}:[0-9]{1,3}(kb|x)?")
        ),
        valued(
            &["--device-read-iops", "--device-write-iops"],
            near("/dev/[a-z]{1,3}:[0-9]{1,3}")
        ),
        valued(
            &["--ulimit"],
            near("(nofile|core|nproc|foo)=-?[0-9]{1,2}(:-?[0-9]{1,2})?")
        ),
        valued(
            &["--device"],
            near("(/[a-z]{1,3})?(:/?[rwmx]{1,3})?(:[rwmx]{1,3})?")
        ),
        valued(
            &["--device"],
            any_of(&[
                "vendor.com/gpu=0",
                "vendor.com/gpu",
                "/dev//x/..",
                "/a:/b/../c:r"
            ])
        ),
        valued(
            &["--device-cgroup-rule"],
            near("[abcx] [0-9*]{1,2}:[0-9*]{1,2} [rwm]{1,4}")
        ),
        valued(&["--gpus"], gpus()),
        valued(&["--cpuset-cpus", "--cpuset-mems"], near("[0-9]-[0-9]")),
    ]
    .boxed()
}

fn gpus() -> BoxedStrategy<String> {
    let field = any_word(
        "all 2 -1 x count=2 count=all device=0 \"device=0,1\" driver=nvidia \
        capabilities=compute \"capabilities=utility,compute\" options=a=b foo=1",
    );
    prop::collection::vec(field, 1..3)
        .prop_map(|fields| fields.join(","))
        .boxed()
}

fn isolation_flag() -> BoxedStrategy<Vec<String>> {
    let modes = any_of(&[
        "host",
        "private",
        "container:c",
        "container:",
        "foo",
        "",
        "shareable",
    ]);
    prop_oneof![
        valued(
            &["--pid", "--ipc", "--uts", "--userns", "--cgroupns"],
            modes
        ),
        valued(
            &["--cap-add", "--cap-drop"],
            any_of(&["net_admin", "CAP_SYS_PTRACE", "all", "ALL", "x"])
        ),
        valued(
            &["--security-opt"],
            any_word(
                "no-new-privileges no-new-privileges=false seccomp=unconfined apparmor:foo \
        seccomp=fx/seccomp.json label=disable systempaths=unconfined seccomp=builtin \
        seccomp=fx/none.json seccomp:unconfined"
            )
        ),
        valued(
            &["--sysctl"],
            near("(net\\.|kernel\\.msgmax|fs\\.mqueue\\.|vm\\.)[a-z]{0,2}(=[0-9]{0,2})?")
        ),
        valued(&["--isolation"], any_of(&["default", "process", "foo", ""])),
        valued(&["--cgroup-parent", "--runtime"], near("/?[a-z]{1,3}")),
    ]
    .boxed()
}

fn life_flag() -> BoxedStrategy<Vec<String>> {
    let durations = near("-?[0-9]{0,2}(\\.[0-9]{1,3})?(ns|us|ms|s|m|h)?([0-9]s)?");
    prop_oneof![
        valued(&["--name"], near("/?[a-z]{0,4}")),
        valued(&["-l", "--label"], near("[ a-z]{0,3}(=[a-z =]{0,4})?")),
        valued(&["--label-file"], any_of(&["fx/lab", "fx/envbad", "fx/no"])),
        valued(&["--annotation"], near("[a-z]{0,3}(=[a-z]{0,3})?")),
        valued(
            &["--restart"],
            any_of(&[
                "no",
                "always",
                "on-failure:3",
                "on-failure:x",
                ":1",
                "",
                "always:"
            ])
        ),
        bare(&["--rm", "--no-healthcheck", "-q", "--disable-content-trust"]),
        bools(&["--rm", "--sig-proxy", "--no-healthcheck"]),
        valued(&["--stop-signal"], near("(SIG)?[A-Z]{1,4}")),
        valued(&["--pull"], any_of(&["missing", "never", "", "sometimes"])),
        valued(&["--platform"], platform()),
        valued(&["--log-driver"], any_of(&["none", "json-file", "x"])),
        valued(&["--log-opt"], near("[a-z]{1,3}(=[a-z0-9=]{0,3})?")),
        valued(
            &[
                "--health-interval",
                "--health-timeout",
                "--health-start-period"
            ],
            durations.clone()
        ),
        valued(&["--health-start-interval"], durations),
        valued(&["--health-retries"], number()),
        valued(&["--health-cmd"], near("[a-z ]{0,6}")),
        valued(
            &["--detach-keys"],
            any_of(&["ctrl-a", "a,b", "ctrl-@,DEL", "ctrl-\\"])
        ),
        valued(
            &["-a", "--attach"],
            any_of(&["stdin", "STDOUT", "stderr", "foo"])
        ),
    ]
    .boxed()
}

fn platform() -> BoxedStrategy<String> {
    any_word(
        "linux/amd64 arm64 Linux/ARM linux/arm/7 linux/arm64/v8 aarch64 x86_64 windows \
        foo foo/bar a/b/c/d linux/ armhf linux/AMD64/V1 *",
    )
}

fn image() -> BoxedStrategy<String> {
    let named = near(
        "([a-z0-9.-]{1,6}(:[0-9]{1,4})?/)?[a-z0-9]{1,3}([._-]{1,2}[a-z0-9]{1,2})?(:[a-zA-Z0-9_.-]{1,4})?",
    );
    prop_oneof![6 => Just("img".to_owned()), 1 => named].boxed()
}

fn word() -> BoxedStrategy<String> {
    any_of(&["ls", "-e", "--rm", "--", "a b", "", "-x=1", "\"q\""])
}
