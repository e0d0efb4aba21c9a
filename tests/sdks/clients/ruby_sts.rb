# Says which version it is, calls once a second for DURATION seconds, and says what came of it.
require "aws-sdk-core"

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

$stdout.sync = true
sts = Aws::STS::Client.new(endpoint: ENV["ENDPOINT"])
puts "version #{Aws::CORE_GEM_VERSION}"
deadline = now + ENV["DURATION"].to_i
while (began = now) < deadline
  begin
    sts.get_caller_identity
    puts "ok"
  rescue => why
    puts "failed: #{why.class} #{why.message.split.join(" ")}"
  end
  sleep [0, began + 1 - now].max
end
