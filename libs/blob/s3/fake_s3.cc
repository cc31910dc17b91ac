#include "libs/blob/s3/fake_s3.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "libs/blob/s3/client.h"
#include "libs/core/encoding.h"

namespace cliffhanger::blob::s3 {
namespace {

std::string text_of(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " So\r\n";
}

bool send_all(int client, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::map<std::string, std::string> kept_of(const std::map<std::string, std::string>& headers) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : headers)
    if (name.starts_with("x-amz-meta-") || name.starts_with("x-amz-server-side-encryption") || name == "x-amz-storage-class")
      out[name] = value;
  return out;
}

std::string param(const std::string& query, const std::string& name) {
  const auto at = query.find(name + '=');
  return at == std::string::npos
             ? ""
             : query.substr(at + name.size() + 1, query.find('&', at) - at - name.size() - 1);
}

std::string header(const Asked& asked, const std::string& name) {
  const auto found = asked.headers.find(name);
  return found == asked.headers.end() ? "" : found->second;
}

// "p=%2Fa&q=" → pairs, decoded.
Pairs decoded(const std::string& query) {
  Pairs out;
  for (std::size_t at = 0; at < query.size();) {
    const auto end = std::min(query.find('&', at), query.size());
    std::string text;
    for (std::size_t i = at; i < end; ++i) {
      text += query[i] == '%' ? static_cast<char>(std::stoi(query.substr(i + 1, 2), nullptr, 16)) : query[i];
      if (query[i] == '%') i += 2;
    }
    out.emplace_back(text.substr(0, text.find('=')), text.substr(text.find('=') + 1));
    at = end + 1;
  }
  return out;
}

// "2030-01-01T00:00:00.000Z" as HTTP says it.
std::string http_date(const std::string& iso) {
  std::tm parts{};
  ::strptime(iso.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::time_t seconds = ::timegm(&parts);
  char out[64];
  std::strftime(out, sizeof out, "%a, %d %b %Y %H:%M:%S GMT", ::gmtime_r(&seconds, &parts));
  return out;
}

std::string value_of(const Pairs& query, std::string_view name) {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return "";
}

constexpr char kSignature[] = "X-Amz-Signature";

Time time_of_date(const std::string& date) {
  std::tm parts{};
  if (::strptime(date.c_str(), "%Y%m%dT%H%M%SZ", &parts) == nullptr) return {};
  return from_micros(static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000);
}

// Whether what is signed in its URL is signed as it was sent, and for how long.
Said check_presigned(const Asked& asked) {
  const Pairs query = decoded(asked.query);
  aws::Signable signable{asked.method, asked.path, {}, {{"Host", header(asked, "host")}}, "UNSIGNED-PAYLOAD"};
  for (const auto& pair : query)
    if (!pair.first.starts_with("X-Amz-")) signable.query.push_back(pair);
  const Time signed_at = time_of_date(value_of(query, "X-Amz-Date"));
  const std::chrono::seconds life(std::atoll(value_of(query, "X-Amz-Expires").c_str()));
  const Pairs wanted = aws::presigned_query(signable, {FakeS3::kKeyId, FakeS3::kSecret, value_of(query, "X-Amz-Security-Token")},
                                            "us-east-1", "s3", signed_at, life);
  if (value_of(query, kSignature) != value_of(wanted, kSignature)) return refusal(403, "SignatureDoesNotMatch");
  if (SystemClock().now() >= signed_at + life) return refusal(403, "AccessDenied", "Request has expired");
  return {};
}

// Whether what was asked is signed as it was sent, all of its headers that S3 wants signed among it.
bool is_signed(const Asked& asked) {
  const std::string given = header(asked, "authorization"), date = header(asked, "x-amz-date");
  const auto from = given.find("SignedHeaders=") + 14;
  const std::string names = ';' + given.substr(from, given.find(',', from) - from) + ';';
  aws::Signable signable{
      asked.method, asked.path, decoded(asked.query), {}, header(asked, "x-amz-content-sha256")};
  for (const auto& [name, value] : asked.headers) {
    const bool is_there = names.find(';' + name + ';') != std::string::npos;
    if (!is_there && (name == "host" || name.starts_with("x-amz-"))) return false;
    if (is_there) signable.headers.emplace_back(name, value);
  }
  std::tm parts{};
  if (::strptime(date.c_str(), "%Y%m%dT%H%M%SZ", &parts) == nullptr) return false;
  const Time now = from_micros(static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000);
  return given == aws::authorization(signable, {FakeS3::kKeyId, FakeS3::kSecret, ""}, "us-east-1", "s3", now);
}

}  // namespace

Said refusal(int status, const std::string& code, const std::string& message) {
  return {status,
          {{"Date", "Tue, 01 Jan 2030 00:00:00 GMT"}},
          "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>",
          {}};
}

FakeS3::FakeS3() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0)
    std::abort();
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

FakeS3::~FakeS3() {
  ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (const int client : clients_) ::shutdown(client, SHUT_RDWR);
  for (auto& thread : threads_) thread.join();
  for (const int client : clients_) ::close(client);
  ::close(listener_);
}

void FakeS3::accept_all() {
  while (!ending_) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    ++connections_;
    clients_.push_back(client);
    threads_.emplace_back([this, client] {
      serve(client);
      ::shutdown(client, SHUT_RDWR);
    });
  }
}

bool FakeS3::read_request(int client, std::string& buffer, Asked& out) {
  const auto more = [&] {
    char piece[65536];
    const ssize_t got = ::recv(client, piece, sizeof piece, 0);
    if (got > 0) buffer.append(piece, static_cast<std::size_t>(got));
    return got > 0;
  };
  std::size_t end;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
    if (!more()) return false;
  const auto line = buffer.find("\r\n");
  const auto space = buffer.find(' '), second = buffer.find(' ', space + 1);
  out.method = buffer.substr(0, space);
  const std::string target = buffer.substr(space + 1, second - space - 1);
  const auto mark = target.find('?');
  out.path = target.substr(0, mark);
  out.query = mark == std::string::npos ? "" : target.substr(mark + 1);
  for (std::size_t at = line + 2; at < end + 2;) {
    const auto stop = buffer.find("\r\n", at), colon = buffer.find(':', at);
    std::string name = buffer.substr(at, colon - at);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    out.headers[name] = buffer.substr(colon + 2, stop - colon - 2);
    at = stop + 2;
  }
  buffer.erase(0, end + 4);
  const auto length = static_cast<std::size_t>(std::atoll(header(out, "content-length").c_str()));
  if (length > 0 && uploads_to_cut_ > 0) {
    --uploads_to_cut_;
    return false;
  }
  while (buffer.size() < length)
    if (!more()) return false;
  out.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return true;
}

void FakeS3::serve(int client) {
  std::string buffer;
  for (Asked asked; read_request(client, buffer, asked); asked = {}) {
    Said said = answer(asked);
    while (said.hang && !ending_) {
      pollfd gone{client, POLLIN, 0};
      if (::poll(&gone, 1, 20) > 0) return;
    }
    std::string head = text_of(said.status);
    for (const auto& [name, value] : said.headers) head += name + ": " + value + "\r\n";
    const bool bare = asked.method == "HEAD" || said.status == 204;
    if (!said.headers.contains("Content-Length") && !bare)
      head += "Content-Length: " + std::to_string(said.body.size()) + "\r\n";
    head += "\r\n";
    if (!bare) head += said.body.substr(0, said.cut_after.value_or(said.body.size()));
    if (!send_all(client, head)) return;
    if (said.cut_after) return;
  }
}

void FakeS3::fault(Fault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

void FakeS3::fail_times(const std::string& method, int times, Said said) {
  auto left = std::make_shared<std::atomic<int>>(times);
  fault([=](const Asked& asked, const auto&) -> std::optional<Said> {
    if (asked.method != method || left->fetch_sub(1) <= 0) return std::nullopt;
    return said;
  });
}

std::vector<Asked> FakeS3::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

int FakeS3::count(std::string_view method) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(
      std::count_if(asked_.begin(), asked_.end(), [&](const auto& it) { return it.method == method; }));
}

std::map<std::string, std::string> FakeS3::objects() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> out;
  for (const auto& [path, object] : objects_) out[path] = object.bytes;
  return out;
}

void FakeS3::set(const std::string& path, const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  objects_[path] = {bytes, '"' + hex_encode(body_of(bytes).md5) + '"', {}, now_};
}

std::size_t FakeS3::open_uploads() const {
  const std::lock_guard lock(mutex_);
  return uploads_.size();
}

Said FakeS3::answer(const Asked& asked) {
  Fault fault;
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(asked);
    fault = fault_;
  }
  if (fault) {
    if (auto said = fault(asked, [this, asked] { return right(asked); })) return *said;
  }
  return right(asked);
}

Said FakeS3::right(const Asked& asked) {
  const std::lock_guard lock(mutex_);
  if (asked.has(kSignature)) {
    if (auto checked = check_presigned(asked); checked.status != 200) return checked;
    return asked.method == "DELETE" ? erase(asked) : get(asked);
  }
  if (!is_signed(asked)) return refusal(403, "SignatureDoesNotMatch");
  const Body body = body_of(asked.body);
  if (header(asked, "x-amz-content-sha256") != body.sha256) return refusal(400, "XAmzContentSHA256Mismatch");
  if (!asked.body.empty() && header(asked, "content-md5") != base64_encode(body.md5))
    return refusal(400, "BadDigest");
  if (asked.method == "PUT") return put(asked);
  if (asked.method == "POST") return post(asked);
  if (asked.method == "DELETE") return erase(asked);
  return get(asked);
}

Said FakeS3::get(const Asked& asked) {
  if (asked.has("list-type=2")) return list(asked);
  if (asked.has("uploads=")) return list_uploads(asked);
  const auto found = objects_.find(asked.path);
  if (found == objects_.end()) return refusal(404, "NoSuchKey");
  const Object& object = found->second;
  if (const auto match = header(asked, "if-match"); !match.empty() && match != object.etag)
    return refusal(412, "PreconditionFailed");
  Said said{200, object.meta, object.bytes, {}};
  said.headers["ETag"] = object.etag;
  if (!object.modified.empty()) said.headers["Last-Modified"] = http_date(object.modified);
  long long first = 0, last = 0;
  if (std::sscanf(header(asked, "range").c_str(), "bytes=%lld-%lld", &first, &last) == 2) {
    const auto size = static_cast<long long>(object.bytes.size());
    if (first >= size) return refusal(416, "InvalidRange");
    last = std::min(last, size - 1);
    said.status = 206;
    said.body =
        object.bytes.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1));
    said.headers["Content-Range"] =
        "bytes " + std::to_string(first) + '-' + std::to_string(last) + '/' + std::to_string(size);
  }
  said.headers["Content-Length"] = std::to_string(said.body.size());
  return said;
}

void FakeS3::now(const std::string& time) {
  const std::lock_guard lock(mutex_);
  now_ = time;
}

std::map<std::string, std::string> FakeS3::headers_of(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(path);
  return found == objects_.end() ? std::map<std::string, std::string>() : found->second.meta;
}

Said FakeS3::list(const Asked& asked) {
  const Pairs query = decoded(asked.query);
  const std::string prefix = value_of(query, "prefix"), after = value_of(query, "start-after");
  const auto most = static_cast<std::size_t>(std::atoll(value_of(query, "max-keys").c_str()));
  std::string items;
  std::size_t count = 0;
  bool more = false;
  for (const auto& [path, object] : objects_) {
    const std::string key = path.substr(path.find('/', 1) + 1);
    if (!key.starts_with(prefix) || key <= after) continue;
    more = count == most;
    if (more) break;
    ++count;
    items += "<Contents><Key>" + key + "</Key><LastModified>" + object.modified + "</LastModified><Size>" +
             std::to_string(object.bytes.size()) + "</Size></Contents>";
  }
  return {200, {},
          "<ListBucketResult><IsTruncated>" + std::string(more ? "true" : "false") + "</IsTruncated>" + items +
              "</ListBucketResult>",
          {}};
}

// A page holds two, so that there are pages.
Said FakeS3::list_uploads(const Asked& asked) {
  const Pairs query = decoded(asked.query);
  const std::string prefix = value_of(query, "prefix");
  const std::pair after(value_of(query, "key-marker"), value_of(query, "upload-id-marker"));
  std::map<std::pair<std::string, std::string>, std::string> all;
  for (const auto& [id, upload] : uploads_)
    if (upload.key.starts_with(prefix)) all[{upload.key, id}] = upload.begun;
  std::string items;
  auto it = all.upper_bound(after);
  for (int i = 0; i < 2 && it != all.end(); ++i, ++it) {
    items += "<Upload><Key>" + it->first.first + "</Key><UploadId>" + it->first.second + "</UploadId><Initiated>" +
             it->second + "</Initiated></Upload>";
    if (i == 1 && std::next(it) != all.end())
      items += "<NextKeyMarker>" + it->first.first + "</NextKeyMarker><NextUploadIdMarker>" + it->first.second +
               "</NextUploadIdMarker><IsTruncated>true</IsTruncated>";
  }
  return {200, {}, "<ListMultipartUploadsResult>" + items + "</ListMultipartUploadsResult>", {}};
}

Said FakeS3::put(const Asked& asked) {
  Object object{asked.body, '"' + hex_encode(body_of(asked.body).md5) + '"', kept_of(asked.headers), now_};
  Said said{200, {{"ETag", object.etag}}, "", {}};
  if (!asked.has("uploadId=")) {
    objects_[asked.path] = std::move(object);
    return said;
  }
  const auto upload = uploads_.find(param(asked.query, "uploadId"));
  if (upload == uploads_.end()) return refusal(404, "NoSuchUpload");
  upload->second.parts[std::atoi(param(asked.query, "partNumber").c_str())] = std::move(object);
  return said;
}

Said FakeS3::post(const Asked& asked) {
  if (asked.has("uploads=")) {
    const std::string id = "upload-" + std::to_string(++last_upload_);
    uploads_[id] = {{}, kept_of(asked.headers), asked.path.substr(asked.path.find('/', 1) + 1), now_};
    return {200,
            {},
            "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>",
            {}};
  }
  const auto upload = uploads_.find(param(asked.query, "uploadId"));
  if (upload == uploads_.end()) return refusal(404, "NoSuchUpload");
  Object object{{}, "\"0-" + std::to_string(upload->second.parts.size()) + '"', upload->second.meta, now_};
  for (const auto& [number, part] : upload->second.parts) object.bytes += part.bytes;
  objects_[asked.path] = std::move(object);
  uploads_.erase(upload);
  return {200, {}, "<CompleteMultipartUploadResult><ETag>\"0-1\"</ETag></CompleteMultipartUploadResult>", {}};
}

Said FakeS3::erase(const Asked& asked) {
  if (asked.has("uploadId=")) {
    uploads_.erase(param(asked.query, "uploadId"));
  } else {
    objects_.erase(asked.path);
  }
  return {204, {}, "", {}};
}

}  // namespace cliffhanger::blob::s3
