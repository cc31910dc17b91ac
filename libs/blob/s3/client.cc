#include "libs/blob/s3/client.h"

#include <algorithm>
#include <charconv>
#include <thread>

#include "libs/blob/s3/ask.h"
#include "libs/aws/xml.h"
#include "libs/core/encoding.h"

namespace cliffhanger::blob::s3 {
namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// A 404 of S3's own says what is missing. Without a code something before it answered, such as an ingress
// whose backends are away: that says nothing of the object.
bool is_gone(const HttpReply& reply, std::string_view code) {
  return reply.status == 404 && one_of(code, {"NoSuchKey", "NoSuchVersion", "NoSuchUpload"});
}

// Statuses and codes that the next try may not meet.
bool may_pass(const HttpReply& reply, std::string_view code) {
  if (!reply.fault.empty()) return !reply.hopeless;
  if (reply.status == 408 || reply.status == 429) return true;
  if (reply.status == 404 && code.empty()) return true;
  if (reply.status >= 500) return reply.status != 501 && reply.status != 505 && reply.status != 507;
  return one_of(code,
                {"RequestTimeout", "InternalError", "SlowDown", "ServiceUnavailable", "OperationAborted",
                 "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "ThrottlingException"});
}

// The time of our signature: it is far from S3's, or S3 takes a removal that was just signed for one whose life is over.
bool is_of_time(const HttpReply& reply, std::string_view code) {
  if (code == "AccessDenied") return aws::xml_text(reply.body, "Error/Message").find("has expired") != std::string::npos;
  return code == "RequestTimeTooSkewed";
}

Error store_failed(std::string message) {
  return unavailable("OBJECT_STORE_FAILED", std::move(message));
}

// What an operator has to know, in a sentence that gives no bucket and no key to anybody else.
Error error_of(const HttpReply& reply, std::string_view code) {
  if (reply.thrown) return internal("UNEXPECTED_EXCEPTION", "Something went wrong inside.");
  if (reply.hopeless)
    return store_failed(
        "The object store can't be trusted or spoken to: check its endpoint and certificates.");
  if (reply.timed_out) return store_failed("The object store did not answer in time.");
  if (!reply.fault.empty()) return store_failed("The object store can't be reached, or hung up.");
  if (code == "NoSuchBucket") return store_failed("The object store's bucket does not exist.");
  if (is_gone(reply, code)) return not_found("OBJECT_NOT_FOUND", "There is no object with this key.");
  if (is_of_time(reply, code)) {
    return store_failed("The object store refuses this machine's clock, which is too far from its own (" +
                        reply.header("date") + "): set it right.");
  }
  if (reply.status == 507 || one_of(code, {"QuotaExceeded", "XMinioStorageFull", "EntityTooLarge"}))
    return exhausted("OBJECT_STORE_FULL", "The object store is full.");
  if (reply.status == 301 || reply.status == 307 ||
      one_of(code, {"PermanentRedirect", "AuthorizationHeaderMalformed"}))
    return store_failed("The object store's bucket is in another region or at another endpoint.");
  if (reply.status == 401 || reply.status == 403) {
    return store_failed("The object store refuses access" +
                        (code.empty() ? "" : " (" + std::string(code) + ")") +
                        ": check the credentials and what they allow.");
  }
  if (reply.status == 503 || reply.status == 429) return store_failed("The object store is overloaded.");
  return store_failed("The object store failed" + (code.empty() ? "." : " (" + std::string(code) + ")."));
}

// The error's code, fit for a message: what the other side says is not to be trusted.
std::string code_of(const HttpReply& reply) {
  if (!reply.fault.empty() || reply.body.empty()) return {};
  std::string code = aws::xml_text(reply.body, "Error/Code");
  const bool plain = code.size() <= 64 &&
                     std::all_of(code.begin(), code.end(), [](unsigned char c) { return std::isalnum(c); });
  return plain ? code : "Unknown";
}

std::chrono::milliseconds wait_asked_for(const HttpReply& reply) {
  const std::string text = reply.header("retry-after");
  int seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds(std::clamp(seconds, 0, 60));
}

}  // namespace

Client::Client(Options options, Deps deps)
    : options_([&] {
        if (options.endpoint.empty()) options.endpoint = "https://s3." + options.region + ".amazonaws.com";
        return std::move(options);
      }()),
      deps_(deps),
      transport_({!options_.endpoint.starts_with("http://"), options_.ca_file, options_.connect, options_.stall,
                  options_.request}) {
  const auto start = options_.endpoint.find("://") + 3;
  host_ = options_.endpoint.substr(start);
  if (options_.style == Style::kHost) host_ = options_.bucket + '.' + host_;
  scheme_host_ = options_.endpoint.substr(0, start) + host_;
  base_path_ = options_.style == Style::kPath ? "/" + options_.bucket : "";
  // libcurl leaves the port that is the scheme's out of the header, and so does what is signed.
  const std::string_view standard = options_.endpoint.starts_with("https") ? ":443" : ":80";
  if (host_.ends_with(standard)) host_.resize(host_.size() - standard.size());
}

// Puts the signature into the headers, or, of what has a life, into the query that it gives.
Pairs Client::sign(const Ask& ask, aws::Signable& signable, Time now) const {
  auto& headers = signable.headers;
  const Credentials& who = options_.credentials;
  headers.emplace_back("Host", host_);
  if (ask.life.count() > 0) {
    signable.payload_hash = "UNSIGNED-PAYLOAD";
    return aws::presigned_query(signable, who, options_.region, "s3", now, ask.life);
  }
  headers.emplace_back("x-amz-date", aws::amz_date(now));
  headers.emplace_back("x-amz-content-sha256", signable.payload_hash);
  if (ask.body) headers.emplace_back("Content-MD5", base64_encode(ask.body->md5));
  if (!who.session_token.empty()) headers.emplace_back("x-amz-security-token", who.session_token);
  headers.emplace_back("Authorization", aws::authorization(signable, who, options_.region, "s3", now));
  return ask.query;
}

// One try.
Client::Outcome Client::once(const Ask& ask) {
  const Time now = deps_.clock.now();
  aws::Signable signable{ask.method, base_path_ + (ask.key.empty() && !base_path_.empty() ? "" : "/") + ask.key,
                    ask.query, ask.headers, ask.body ? ask.body->sha256 : kEmptySha256};
  const Pairs signed_query = sign(ask, signable, now);
  aws::HttpRequest request{ask.method, scheme_host_ + aws::uri_encode(signable.path, true),
                      std::move(signable.headers),    ask.body ? &ask.body->payload : nullptr,
                      ask.sink,   ask.patience};
  if (const auto query = aws::canonical_query(signed_query); !query.empty()) request.url += '?' + query;
  const auto begun = std::chrono::steady_clock::now();
  Outcome out;
  out.reply = transport_.send(request);
  const HttpReply& reply = out.reply;
  if (deps_.probe) {
    deps_.probe->requested(ask.operation, reply.fault.empty() ? std::to_string(reply.status) : "none",
                           std::chrono::steady_clock::now() - begun);
  }
  out.code = code_of(reply);
  // An error may come with 200, when the work took long (CompleteMultipartUpload).
  const bool good = reply.fault.empty() && reply.status >= 200 && reply.status < 300 && out.code.empty();
  if (good) {
    budget_.give();
    return out;
  }
  out.retry = may_pass(reply, out.code);
  out.error = error_of(reply, out.code);
  return out;
}

// Whether to try again; then the pause is over.
bool Client::again(const Ask& ask, const Outcome& outcome, int attempt) {
  if (ask.once || !outcome.retry || attempt + 1 >= options_.attempts || !budget_.take()) return false;
  const auto pause = backoff(attempt, options_.first_pause, options_.most_pause, deps_.random);
  std::this_thread::sleep_for(std::max(pause, std::min(wait_asked_for(outcome.reply), options_.most_pause)));
  if (deps_.probe) deps_.probe->retried(ask.operation);
  return true;
}

Error Client::give_up(const Ask& ask, const Outcome& outcome) {
  const HttpReply& reply = outcome.reply;
  const std::string why =
      reply.fault.empty() ? std::to_string(reply.status) + ' ' + outcome.code : reply.fault;
  Error error = Error(*outcome.error)
                    .at(std::string(ask.operation) + ' ' + ask.key + ": " + why + ' ' +
                        reply.header("x-amz-request-id"));
  if (deps_.probe && error.code != Code::kNotFound) deps_.probe->failed(ask.operation, error);
  return error;
}

Result<HttpReply> Client::call(const Ask& ask) {
  for (int attempt = 0;; ++attempt) {
    Outcome outcome = once(ask);
    if (!outcome.error) return std::move(outcome.reply);
    if (!again(ask, outcome, attempt)) return fail(give_up(ask, outcome));
  }
}

}  // namespace cliffhanger::blob::s3
