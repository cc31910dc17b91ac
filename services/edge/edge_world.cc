#include "services/edge/edge_world.h"

#include <filesystem>
#include <fstream>

#include "cliffhanger/accounts/v1/api_keys_service.pb.h"
#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "libs/rpc/key_scopes.h"

namespace cliffhanger::edge {
namespace {

namespace v1 = ingest::v1;

constexpr char kSecret[] = "a secret of thirty-two bytes or more";

Error wrong_offset(const FakeIngest::Upload& upload) {
  return Error{Code::kOutOfRange, "WRONG_OFFSET", "Not where the upload goes on.", {}, {}, {}}.with(
      "offset", std::to_string(upload.offset));
}

bool is_whole(const FakeIngest::Upload& upload) {
  return !upload.partial && upload.length > 0 && upload.offset == upload.length;
}

void fill(v1::Upload& out, const std::string& id, const FakeIngest::Upload& upload) {
  out.set_upload_id(id);
  out.set_episode_id(upload.episode);
  out.set_filename(upload.filename);
  out.set_content_type(upload.type);
  out.set_length(upload.length);
  out.set_purpose(upload.partial ? v1::UPLOAD_PURPOSE_PARTIAL : v1::UPLOAD_PURPOSE_VIDEO);
  for (const auto& id : upload.partials) out.add_partial_ids(id);
  out.set_offset(upload.offset);
  out.set_metadata(upload.metadata);
  out.set_state(upload.terminated   ? v1::UPLOAD_STATE_TERMINATED
                : is_whole(upload) ? v1::UPLOAD_STATE_VERIFYING
                                   : v1::UPLOAD_STATE_RECEIVING);
  out.mutable_expire_time()->set_seconds(1'800'000'000);
}

}  // namespace

FakeIngest::Upload FakeIngest::get(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return uploads_.at(id);
}

std::vector<std::string> FakeIngest::keyed() {
  const std::lock_guard lock(mutex_);
  return keyed_;
}

void FakeIngest::note(const Call& call) {
  ++calls_;
  if (!call.idempotency_key.empty()) keyed_.push_back(call.method.substr(call.method.rfind('.') + 1));
}

Result<FakeIngest::Upload*> FakeIngest::find(const Call& call, const std::string& id) {
  const auto found = uploads_.find(id);
  if (found == uploads_.end() || found->second.owner != call.caller.user.text())
    return fail(not_found("UPLOAD_NOT_FOUND", "There is no such upload."));
  return &found->second;
}

rpc::Service FakeIngest::service() {
  rpc::Service service("cliffhanger.ingest.v1.IngestService");
  service.on([this](const Call& call, const v1::CreateUploadRequest& in) -> Result<v1::CreateUploadResponse> {
    const std::lock_guard lock(mutex_);
    if (in.length() > kMaxSize) return fail(invalid("UPLOAD_TOO_LARGE", "Too large."));
    if (in.length() == 0 && !in.length_deferred() && in.partial_ids().empty())
      return fail(invalid("UPLOAD_EMPTY", "Empty."));
    note(call);
    v1::CreateUploadResponse out;
    if (const auto again = created_.find(call.idempotency_key); again != created_.end()) {
      auto as_made = uploads_[again->second];
      as_made.offset = 0;
      fill(*out.mutable_upload(), again->second, as_made);
      return out;
    }
    const auto id = UploadId::make(from_micros(1'800'000'000'000'000), random_).text();
    uploads_[id] = {call.caller.user.text(),
                    in.episode_id(),
                    in.filename(),
                    in.content_type(),
                    in.length(),
                    0,
                    0,
                    false,
                    {},
                    in.purpose() == v1::UPLOAD_PURPOSE_PARTIAL,
                    {in.partial_ids().begin(), in.partial_ids().end()},
                    in.metadata()};
    for (const auto& partial : in.partial_ids()) {
      CH_ASSIGN(const auto* piece, find(call, partial));
      uploads_[id].length += piece->length;
      uploads_[id].offset += piece->length;
      for (const auto& key : piece->parts) uploads_[id].parts.push_back(key);
    }
    if (!call.idempotency_key.empty()) created_[call.idempotency_key] = id;
    fill(*out.mutable_upload(), id, uploads_[id]);
    return out;
  });
  service.on([this](const Call& call, const v1::GetUploadRequest& in) -> Result<v1::GetUploadResponse> {
    const std::lock_guard lock(mutex_);
    note(call);
    CH_ASSIGN(auto* upload, find(call, in.upload_id()));
    v1::GetUploadResponse out;
    fill(*out.mutable_upload(), in.upload_id(), *upload);
    return out;
  });
  service.on([](const Call&, const v1::ListUploadsRequest&) -> Result<v1::ListUploadsResponse> {
    return v1::ListUploadsResponse();
  });
  service.on([](const Call&, const v1::ImportUploadRequest&) -> Result<v1::ImportUploadResponse> {
    return v1::ImportUploadResponse();
  });
  add_writing(service);
  return service;
}

void FakeIngest::fence(const std::string& id) {
  const std::lock_guard lock(mutex_);
  ++uploads_.at(id).epoch;
}

void FakeIngest::add_writing(rpc::Service& service) {
  service.on([this](const Call& call, const v1::BeginAppendRequest& in) -> Result<v1::BeginAppendResponse> {
    const std::lock_guard lock(mutex_);
    note(call);
    CH_ASSIGN(auto* upload, find(call, in.upload_id()));
    if (!upload->partials.empty()) return fail(denied("UPLOAD_IS_FINAL", "Made of others."));
    if (upload->terminated || (upload->length > 0 && upload->offset == upload->length))
      return fail(precondition("UPLOAD_NOT_RECEIVING", "Over."));
    if (in.offset() != upload->offset) return fail(wrong_offset(*upload));
    if (in.length() > kMaxSize) return fail(invalid("UPLOAD_TOO_LARGE", "Too large."));
    if (in.length() > 0 && upload->length > 0 && in.length() != upload->length)
      return fail(invalid("LENGTH_FIXED", "It has another length."));
    if (full_ && !in.only_fences() && in.length() == 0 && upload->length == 0)
      return fail(precondition("TENANT_QUOTA_EXCEEDED", "No byte more.").with("limit_bytes", "5"));
    if (in.length() > 0 && in.length() < upload->offset) return fail(invalid("BAD_UPLOAD_LENGTH", "It has more."));
    v1::BeginAppendResponse out;
    if (in.length() > 0) upload->length = in.length();
    out.set_epoch(++upload->epoch);
    out.set_length(upload->length > 0 ? upload->length : kMaxSize);
    out.set_key_prefix("uploads/" + in.upload_id() + "/");
    return out;
  });
  service.on([this](const Call& call, const v1::CommitPartRequest& in) -> Result<v1::CommitPartResponse> {
    ++holding_;
    while (held_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --holding_;
    const std::lock_guard lock(mutex_);
    note(call);
    if (failing_) return fail(unavailable("DATABASE_AWAY", "No database."));
    CH_ASSIGN(auto* upload, find(call, in.upload_id()));
    if (in.epoch() != upload->epoch) return fail(aborted("STALE_EPOCH", "Another writer went on."));
    if (in.offset() != upload->offset) return fail(wrong_offset(*upload));
    upload->offset += in.length();
    upload->parts.push_back(in.object_key());
    v1::CommitPartResponse out;
    out.set_offset(upload->offset);
    out.set_complete(is_whole(*upload));
    out.mutable_expire_time()->set_seconds(1'800'000'000);
    return out;
  });
  service.on(
      [this](const Call& call, const v1::TerminateUploadRequest& in) -> Result<v1::TerminateUploadResponse> {
        const std::lock_guard lock(mutex_);
        note(call);
        CH_ASSIGN(auto* upload, find(call, in.upload_id()));
        upload->terminated = true;
        return v1::TerminateUploadResponse();
      });
}

EdgeTest::EdgeTest()
    : creator_(UserId::make(clock_.now(), random_)),
      store_(dir_.path() + "/blobs"),
      signer_(*rpc::AccessTokenSigner::make(access_key_)),
      verifier_(*rpc::AccessTokenVerifier::make({signer_.public_key()})),
      tokens_(*rpc::ServiceTokens::make(kSecret)),
      socket_("unix:" + dir_.path() + "/ingest.sock"),
      ingest_server_({"ingest", {socket_}}, {clock_, random_, server_probe_, &verifier_, &tokens_}),
      keys_(*hls::Keys::parse("k1:0123456789abcdef0123456789abcdef")),
      hls_({keys_, clock_, store_, pool_, objects_,
            [this](const hls::Grant& grant, const Trace&) { return content_key(grant); }, takedowns_,
            pool_, &reports_}) {
  ingest_server_.add(ingest_.service());
  EXPECT_TRUE(ingest_server_.start());
  auto channel = std::make_shared<rpc::Channel>(socket_);
  EXPECT_TRUE(channel->wait_connected(std::chrono::seconds(10)));
  ingest_client_.reset(new rpc::Client({channel, "edge", &tokens_, &clock_, &random_, &client_probe_}));
  appender_.reset(new Appender({store_, upload_pool_, *ingest_client_, admission_, clock_}));
  uploads_.reset(new Uploads({*ingest_client_, *appender_, gate_, admission_, clock_, kMaxSize}));
  strict_uploads_.reset(new Uploads({*ingest_client_, *appender_, tiny_, admission_, clock_, kMaxSize}));
  const auto client_of = [this](std::string_view) { return *ingest_client_; };
  api_ = std::make_unique<Api>(*rest::RouteTable::of_all_services(), client_of, gate_, admission_);
  strict_api_ = std::make_unique<Api>(*rest::RouteTable::of_all_services(), client_of, strict_, admission_);
  std::filesystem::create_directories(dir_.path() + "/web/assets");
  std::ofstream(dir_.path() + "/web/index.html")
      << "<!doctype html><title>Cliffhanger</title>" << std::string(500, ' ');
  std::ofstream(dir_.path() + "/web/assets/app-1234.js") << "let a = 1;";
  std::ofstream(dir_.path() + "/web/.secret") << "hidden";
  pages_ = *Pages::load(dir_.path() + "/web");

  hls_.add_routes(router_);
  hls_.add_cdn_route(router_, origin_secrets_);
  uploads_->add_routes(router_);
  add_covers(router_, objects_);
  add_health(router_, {pool_, metrics_, [this]() -> Result<void> {
                         if (ready_) return {};
                         return fail(unavailable("DRAINING", "The process is stopping."));
                       }});
  add_documents(router_, "{\"openapi\":\"3.1.0\"}", "<!doctype html>");
  add_rest_and_pages(router_, *api_, pages_);
  strict_uploads_->add_routes(strict_router_);
  add_rest_and_pages(strict_router_, *strict_api_, pages_);
  door_config_ = {*parse_tenant_hosts("other.example=other"), *Tenant::parse("default"),
                  *parse_tenants("default,elsewhere"), 0};
  const ApiKeys::Exchange exchange = [this](const std::string& key, const Trace&) { return this->exchange(key); };
  api_keys_.reset(new ApiKeys({exchange, pool_, gate_, admission_, verifier_, clock_}));
  strict_api_keys_.reset(new ApiKeys({exchange, pool_, strict_, admission_, verifier_, clock_}));
  door_.reset(new Door(door_config_, {clock_, random_, verifier_, router_, api_keys_.get()}));
  strict_door_.reset(new Door(door_config_, {clock_, random_, verifier_, strict_router_, strict_api_keys_.get()}));
  probe_ = std::make_unique<HttpProbe>(metrics_, log_);
  server_ = std::make_unique<http::Server>(
      http::Server::Options{"127.0.0.1", 2, {}},
      [this](http::Request& r) { return strict_now_ ? strict_door_->handle(r) : door_->handle(r); }, *probe_);
  port_ = *server_->start(0);
}

EdgeTest::~EdgeTest() {
  store_.held = false;
  accounts_thinks_ = false;
  ingest_.hold_commits(false);
  server_.reset();
  pool_.stop();  // what is read again behind answers
  ingest_server_.stop();
}

void EdgeTest::add_key(const std::string& key, unsigned scopes, int per_second) {
  const std::lock_guard lock(keys_mutex_);
  api_keys_known_[key] = {scopes, per_second, rpc::to_session({Uuid::v7(clock_.now(), random_).text(), scopes})};
}

Result<accounts::v1::ExchangeApiKeyResponse> EdgeTest::exchange(const std::string& key) {
  ++exchanges_;
  while (accounts_thinks_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const std::lock_guard lock(keys_mutex_);
  if (accounts_says_) return fail(*accounts_says_);
  const auto found = api_keys_known_.find(key);
  if (found == api_keys_known_.end()) return fail(unauthenticated("API_KEY_INVALID", "The API key is not valid."));
  accounts::v1::ExchangeApiKeyResponse out;
  out.set_access_token(signer_.sign({*Tenant::parse("default"), creator_, Role::kCreator, false, found->second.session},
                                    clock_.now(), std::chrono::seconds(60)));
  if (!accounts_gives_.empty()) out.set_access_token(accounts_gives_);
  out.set_requests_per_second(found->second.per_second);
  return out;
}

std::string EdgeTest::bearer(Role role, UserId user) {
  return "Bearer " + signer_.sign({*Tenant::parse("default"), user, role, false, ""}, clock_.now(),
                                  std::chrono::minutes(15));
}

}  // namespace cliffhanger::edge
