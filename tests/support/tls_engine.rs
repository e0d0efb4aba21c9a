//! A second Engine, which listens on TCP with TLS and wants a client certificate.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::engine::IMAGE;
use super::guarded::{Guarded, free_port};
use super::process::run;

/// The Engine. Its directory holds `ca.pem`, `cert.pem`, `key.pem` of a client, and in `other/`
/// those of another authority.
pub struct TlsEngine {
    server: Guarded,
    port: u16,
}

impl TlsEngine {
    /// The one of this test process, with [`IMAGE`] in it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<TlsEngine> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path();
        let other = path.join("other");
        std::fs::create_dir(&other).expect("a directory");
        certificates(path);
        certificates(&other);

        let port = free_port();
        let file = |name: &str| path.join(name);
        let mut dockerd = Command::new("dockerd");
        dockerd
            .arg("--host")
            .arg(format!("tcp://127.0.0.1:{port}"))
            .arg("--tlsverify")
            .args(["--iptables=false", "--ip-forward=false", "--ip-masq=false"])
            .arg("--bridge")
            .arg(bridge(path, port))
            .arg("--tlscacert")
            .arg(file("ca.pem"))
            .arg("--tlscert")
            .arg(file("server.pem"))
            .arg("--tlskey")
            .arg(file("server-key.pem"))
            .arg("--data-root")
            .arg(file("data"))
            .arg("--exec-root")
            .arg(file("exec"))
            .arg("--pidfile")
            .arg(file("pid"));
        let engine = Self {
            server: Guarded::start(directory, &dockerd).listens_on(port),
            port,
        };
        engine.load_image();
        engine
    }

    fn load_image(&self) {
        let archive = self.directory().join("image.tar");
        run(Command::new("docker")
            .args(["save", "--output"])
            .args([archive.as_os_str(), IMAGE.as_ref()]))
        .success();
        run(Command::new("docker")
            .env("DOCKER_HOST", self.address())
            .env("DOCKER_TLS_VERIFY", "1")
            .env("DOCKER_CERT_PATH", self.directory())
            .args(["load", "--input"])
            .arg(archive))
        .success();
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    /// Where its certificates are.
    pub fn directory(&self) -> &Path {
        self.server.directory()
    }

    /// The same, as a value of a variable.
    pub fn directory_name(&self) -> &str {
        self.directory().to_str().expect("UTF-8")
    }

    /// Where the certificates of another authority are.
    pub fn others(&self) -> PathBuf {
        self.directory().join("other")
    }
}

/// Makes a bridge of its own for an Engine. `--bridge=none` is not for machines with another
/// Engine on them: it deletes that one's `docker0`.
fn bridge(directory: &Path, port: u16) -> String {
    let name = format!("credrun{port}");
    std::fs::write(directory.join("cleanup"), format!("ip link delete {name}")).expect("written");
    run(Command::new("ip").args(["link", "add", &name, "type", "bridge"])).success();
    // Of the addresses for documentation: nothing is ever sent there.
    run(Command::new("ip").args(["address", "add", "192.0.2.1/28", "dev", &name])).success();
    name
}

/// Makes an authority, and a server's and a client's certificate signed by it.
fn certificates(directory: &Path) {
    let script = r#"
        cd "$1"
        key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        openssl req -x509 $key -subj "/CN=${1##*/}" -keyout ca-key.pem -out ca.pem
        openssl req $key -subj /CN=server -keyout server-key.pem -out server.csr
        openssl req $key -subj /CN=client -keyout key.pem -out client.csr
        echo subjectAltName=IP:127.0.0.1 >server.ext
        echo extendedKeyUsage=clientAuth >client.ext
        sign="-req -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2"
        openssl x509 $sign -in server.csr -extfile server.ext -out server.pem
        openssl x509 $sign -in client.csr -extfile client.ext -out cert.pem
    "#;
    run(Command::new("sh")
        .args(["-euc", script, "sh"])
        .arg(directory))
    .success();
}
