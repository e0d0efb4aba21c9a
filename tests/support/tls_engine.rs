//! A second Engine, which listens on TCP with TLS and wants a client certificate.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::engine::IMAGE;
use super::guarded::{Guarded, free_port};
use super::process::run;
use super::second_engine::dockerd;

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
        let file = |name: &str| path.join(name).into_os_string();
        let arguments = [
            "--tlsverify".into(),
            "--tlscacert".into(),
            file("ca.pem"),
            "--tlscert".into(),
            file("server.pem"),
            "--tlskey".into(),
            file("server-key.pem"),
        ];
        let dockerd = dockerd(path, &format!("tcp://127.0.0.1:{port}"), &arguments);
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
