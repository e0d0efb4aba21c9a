//! TLS in front of a stand-in that speaks plain HTTP, with a certificate for AWS's names that an
//! authority of its own has signed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::process::run;

/// The front. Its threads end with the process.
pub struct TlsFront {
    address: SocketAddr,
    directory: tempfile::TempDir,
}

impl TlsFront {
    /// In front of `server`, for these host names.
    pub fn before(server: SocketAddr, names: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        certificates(&directory, names);
        let file = |name: &str| directory.path().join(name);
        let chain = CertificateDer::pem_file_iter(file("server.pem")).expect("a file");
        let chain = chain.collect::<Result<_, _>>().expect("certificates");
        let key = PrivateKeyDer::from_pem_file(file("server-key.pem")).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate and its key");
        let config = Arc::new(config);

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let config = Arc::clone(&config);
                thread::spawn(move || serve(client, config, server));
            }
        });
        Self { address, directory }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file of the authority.
    pub fn ca(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }
}

/// One request and its answer, whose end is the end of the stand-in's connection.
fn serve(client: TcpStream, config: Arc<ServerConfig>, server: SocketAddr) -> Option<()> {
    let tls = ServerConnection::new(config).ok()?;
    let mut client = BufReader::new(StreamOwned::new(tls, client));
    let mut request = Vec::new();
    let mut length = 0;
    while !request.ends_with(b"\r\n\r\n") {
        let mut line = String::new();
        if client.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
        request.extend(line.bytes());
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body).ok()?;
    let mut server = TcpStream::connect(server).ok()?;
    server.write_all(&[request, body].concat()).ok()?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).ok()?;
    let client = client.get_mut();
    client.write_all(&answer).ok()?;
    client.conn.send_close_notify();
    client.flush().ok()
}

fn certificates(directory: &tempfile::TempDir, names: &[&str]) {
    let script = r#"
        cd "$1"
        key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        openssl req -x509 $key -subj /CN=company -keyout ca-key.pem -out ca.pem
        openssl req $key -subj /CN=server -keyout server-key.pem -out server.csr
        echo "subjectAltName=$2" >server.ext
        openssl x509 -req -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 \
            -in server.csr -extfile server.ext -out server.pem
    "#;
    let names: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
    run(Command::new("sh")
        .args(["-euc", script, "sh"])
        .arg(directory.path())
        .arg(names.join(",")))
    .success();
}
