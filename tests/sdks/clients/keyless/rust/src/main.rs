//! The AWS SDK for Rust, with services that credrun itself does not call.

use std::env;
use std::error::Error;
use std::fmt::Debug;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};
use aws_smithy_http_client::Builder;

type Tried = Result<(), Box<dyn Error>>;

fn same<T: PartialEq + Debug>(found: T, expected: T) -> Tried {
    match found == expected {
        true => Ok(()),
        false => Err("another content".into()),
    }
}

fn bucket() -> String {
    env::var("BUCKET").expect("a bucket")
}

struct S3(aws_sdk_s3::Client);

impl S3 {
    async fn put(&self, key: &str, body: &[u8]) -> Tried {
        let body = ByteStream::from(body.to_vec());
        let put = self.0.put_object().bucket(bucket()).key(key);
        put.body(body).send().await?;
        Ok(())
    }

    async fn get(&self, key: &str, range: Option<&str>) -> Result<Vec<u8>, Box<dyn Error>> {
        let get = self.0.get_object().bucket(bucket()).key(key);
        let answer = get.set_range(range.map(str::to_owned)).send().await?;
        Ok(answer.body.collect().await?.to_vec())
    }

    async fn plain(&self) -> Tried {
        self.put("rust (1)!*'", b"content").await?;
        same(self.get("rust (1)!*'", None).await?, b"content".to_vec())
    }

    async fn more(&self) -> Tried {
        self.put("rust-ten", b"0123456789").await?;
        same(
            self.get("rust-ten", Some("bytes=2-4")).await?,
            b"234".to_vec(),
        )?;
        let source = format!("{}/rust-ten", bucket());
        let copy = self.0.copy_object().bucket(bucket()).key("rust-copy");
        copy.copy_source(source).send().await?;
        let keys =
            ["rust-ten", "rust-copy"].map(|key| ObjectIdentifier::builder().key(key).build());
        let keys = keys.into_iter().collect::<Result<_, _>>()?;
        let both = Delete::builder().set_objects(Some(keys)).build()?;
        let delete = self.0.delete_objects().bucket(bucket()).delete(both);
        same(delete.send().await?.deleted().len(), 2)
    }

    async fn many_keys(&self) -> Tried {
        let list = self.0.list_objects_v2().bucket(env::var("FULL_BUCKET")?);
        let mut pages = list.into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += page?.contents().len();
        }
        same(count, 3000)
    }

    async fn multipart(&self) -> Tried {
        let key = "rust-large";
        let create = self.0.create_multipart_upload().bucket(bucket()).key(key);
        let id = create.send().await?.upload_id.ok_or("no upload")?;
        let bodies = [vec![b'a'; 5 << 20], vec![b'b'; 1000]];
        let mut parts = CompletedMultipartUpload::builder();
        for (number, body) in (1..).zip(&bodies) {
            let upload = self.0.upload_part().bucket(bucket()).key(key);
            let upload = upload.upload_id(&id).part_number(number);
            let sent = upload.body(ByteStream::from(body.clone())).send().await?;
            let part = CompletedPart::builder().part_number(number);
            parts = parts.parts(part.set_e_tag(sent.e_tag).build());
        }
        let complete = self.0.complete_multipart_upload().bucket(bucket()).key(key);
        let complete = complete.upload_id(&id).multipart_upload(parts.build());
        complete.send().await?;
        same(self.get(key, None).await?, bodies.concat())
    }

    async fn presigned(&self) -> Tried {
        let for_a_minute = PresigningConfig::expires_in(Duration::from_secs(60))?;
        let get = self.0.get_object().bucket(bucket()).key("rust (1)!*'");
        let signed = get.presigned(for_a_minute).await?;
        let rest = signed
            .uri()
            .strip_prefix("http://")
            .ok_or("not the proxy's")?;
        let (host, target) = rest.split_once('/').ok_or("no path")?;
        let mut connection = TcpStream::connect(host)?;
        let close = "Connection: close";
        write!(
            connection,
            "GET /{target} HTTP/1.1\r\nHost: {host}\r\n{close}\r\n\r\n"
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        same(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\ncontent"),
            true,
        )
    }
}

async fn dynamodb(settings: &SdkConfig) -> Tried {
    let dynamodb = aws_sdk_dynamodb::Client::new(settings);
    dynamodb.list_tables().send().await?;
    Ok(())
}

async fn sqs(settings: &SdkConfig) -> Tried {
    let sqs = aws_sdk_sqs::Client::new(settings);
    let made = sqs.create_queue().queue_name(bucket()).send().await?;
    let url = made.queue_url.ok_or("no URL")?;
    let send = sqs.send_message().queue_url(&url).message_body("hello");
    send.send().await?;
    let found = sqs.receive_message().queue_url(&url).send().await?;
    same(found.messages()[0].body(), Some("hello"))
}

async fn kms(settings: &SdkConfig) -> Tried {
    let kms = aws_sdk_kms::Client::new(settings);
    let key = kms
        .create_key()
        .send()
        .await?
        .key_metadata
        .ok_or("no key")?;
    let encrypt = kms.encrypt().key_id(key.key_id());
    let sealed = encrypt.plaintext(b"plain".to_vec().into()).send().await?;
    let decrypt = kms.decrypt().set_ciphertext_blob(sealed.ciphertext_blob);
    let found = decrypt.send().await?.plaintext.ok_or("nothing")?;
    same(found.into_inner(), b"plain".to_vec())
}

async fn lambda(settings: &SdkConfig) -> Tried {
    let payload = br#"{"a": 1}"#.to_vec();
    let call = aws_sdk_lambda::Client::new(settings).invoke();
    let call = call.function_name(env::var("FUNCTION")?);
    let answer = call.payload(payload.clone().into()).send().await?;
    same(answer.payload.ok_or("nothing")?.into_inner(), payload)
}

async fn sts(settings: &SdkConfig) -> Tried {
    let sts = aws_sdk_sts::Client::new(settings);
    sts.get_caller_identity().send().await?;
    Ok(())
}

fn tell(name: &str, tried: Tried) {
    match tried {
        Ok(()) => println!("ok {name}"),
        Err(why) => println!("failed {name} {}", format!("{why:?}").replace('\n', " ")),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let settings = aws_config::defaults(BehaviorVersion::latest());
    let settings = settings.http_client(Builder::new().build_http());
    let settings = settings.load().await;
    let s3 = S3(aws_sdk_s3::Client::new(&settings));
    println!("version {}", aws_sdk_s3::meta::PKG_VERSION);
    tell("sts", sts(&settings).await);
    tell("s3", s3.plain().await);
    tell("s3-more", s3.more().await);
    tell("s3-3000", s3.many_keys().await);
    tell("multipart", s3.multipart().await);
    tell("presigned", s3.presigned().await);
    tell("dynamodb", dynamodb(&settings).await);
    tell("sqs", sqs(&settings).await);
    tell("kms", kms(&settings).await);
    tell("lambda", lambda(&settings).await);
}
