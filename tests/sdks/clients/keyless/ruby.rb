# The AWS SDK for Ruby, as Debian has it: with two services.
require "aws-sdk-kms"
require "aws-sdk-s3"
require "net/http"

BUCKET = ENV["BUCKET"]

def same(found, expected)
  raise "another content" unless found == expected
end

def get(key, **more)
  Aws::S3::Client.new.get_object(bucket: BUCKET, key: key, **more).body.read
end

ATTEMPTS = {
  "sts" => -> { Aws::STS::Client.new.get_caller_identity },
  "s3" => lambda {
    Aws::S3::Client.new.put_object(bucket: BUCKET, key: "ruby (1)!*'", body: "content")
    same(get("ruby (1)!*'"), "content")
  },
  "s3-more" => lambda {
    s3 = Aws::S3::Client.new
    s3.put_object(bucket: BUCKET, key: "ruby-ten", body: "0123456789")
    same(get("ruby-ten", range: "bytes=2-4"), "234")
    s3.copy_object(bucket: BUCKET, key: "ruby-copy", copy_source: "#{BUCKET}/ruby-ten")
    objects = [{ key: "ruby-ten" }, { key: "ruby-copy" }]
    same(s3.delete_objects(bucket: BUCKET, delete: { objects: objects }).deleted.length, 2)
  },
  "s3-3000" => lambda {
    pages = Aws::S3::Client.new.list_objects_v2(bucket: ENV["FULL_BUCKET"])
    same(pages.sum { |page| page.contents.length }, 3000)
  },
  "multipart" => lambda {
    content = Random.bytes(12 << 20)
    File.binwrite("/tmp/sent", content)
    object = Aws::S3::Resource.new.bucket(BUCKET).object("ruby-large")
    object.upload_file("/tmp/sent", multipart_threshold: 5 << 20)
    same(get("ruby-large").b, content)
  },
  "presigned" => lambda {
    signer = Aws::S3::Presigner.new
    url = signer.presigned_url(:get_object, bucket: BUCKET, key: "ruby (1)!*'")
    same(Net::HTTP.get(URI(url)), "content")
  },
  "kms" => lambda {
    kms = Aws::KMS::Client.new
    key = kms.create_key.key_metadata.key_id
    sealed = kms.encrypt(key_id: key, plaintext: "plain").ciphertext_blob
    same(kms.decrypt(ciphertext_blob: sealed).plaintext, "plain")
  },
}

$stdout.sync = true
puts "version #{Aws::CORE_GEM_VERSION}"
ATTEMPTS.each do |name, attempt|
  attempt.call
  puts "ok #{name}"
rescue => why
  puts "failed #{name} #{why.class} #{why.message.split.join(" ")}"
end
