#include "services/ingest/rpc/ingest_rpc.h"

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "libs/core/page.h"
#include "libs/sql/unit_of_work.h"

namespace cliffhanger::ingest {
namespace {

v1::Upload to_proto(const Upload& from) {
  v1::Upload to;
  to.set_upload_id(from.id.text());
  if (from.purpose != Purpose::kPartial) to.set_episode_id(from.episode.text());
  to.set_filename(from.filename);
  to.set_content_type(from.content_type);
  to.set_length(from.length);
  to.set_offset(from.offset);
  to.set_state(static_cast<v1::UploadState>(static_cast<int>(from.state) + 1));
  to.set_failure_reason(from.failure_reason);
  to.set_failure_message(from.failure_message);
  if (from.source) to.set_source_id(from.source->text());
  if (from.state == State::kReady) to.set_sha256(from.sha256);
  to.set_purpose(static_cast<v1::UploadPurpose>(static_cast<int>(from.purpose) + 1));
  to.set_language(from.language);
  to.set_label(from.label);
  to.set_metadata(from.metadata);
  set_time(to.mutable_create_time(), from.created);
  set_time(to.mutable_expire_time(), from.expires);
  return to;
}
static_assert(static_cast<int>(State::kReceiving) + 1 == v1::UPLOAD_STATE_RECEIVING);
static_assert(static_cast<int>(State::kJoined) + 1 == v1::UPLOAD_STATE_JOINED);
static_assert(static_cast<int>(Purpose::kVideo) + 1 == v1::UPLOAD_PURPOSE_VIDEO);
static_assert(static_cast<int>(Purpose::kPartial) + 1 == v1::UPLOAD_PURPOSE_PARTIAL);

UploadId id_of(const std::string& text) { return *UploadId::parse(text); }  // validated by the contract

template <class Response>
Result<Response> with_upload(Uploads& uploads, const Upload& upload) {
  CH_ASSIGN(const auto partials, uploads.partials_of(upload));
  Response out;
  *out.mutable_upload() = to_proto(upload);
  for (const auto& id : partials) out.mutable_upload()->add_partial_ids(id.text());
  CH_ASSIGN(const auto job, uploads.import_of(upload));
  if (!job) return out;
  auto& status = *out.mutable_upload()->mutable_import_status();
  status.set_url(job->shown_url);
  status.set_trouble_reason(job->trouble_reason);
  status.set_trouble_message(job->trouble_message);
  status.set_failures(job->failures);
  return out;
}

// What creating and importing have in common.
template <class Request>
NewUpload common_of(const Request& in, const std::optional<SeriesId>& series) {
  NewUpload wanted;
  wanted.episode = EpisodeId::parse(in.episode_id()).value_or(EpisodeId());
  wanted.series = series;
  wanted.filename = in.filename();
  wanted.sha256 = in.sha256();
  if (in.purpose() == v1::UPLOAD_PURPOSE_DUB) wanted.purpose = Purpose::kDub;
  if (in.purpose() == v1::UPLOAD_PURPOSE_PARTIAL) wanted.purpose = Purpose::kPartial;
  wanted.language = in.language();
  wanted.label = in.label();
  return wanted;
}

NewUpload wanted_by(const v1::CreateUploadRequest& in, const std::optional<SeriesId>& series) {
  NewUpload wanted = common_of(in, series);
  wanted.length = in.length();
  wanted.content_type = in.content_type();
  wanted.length_deferred = in.length_deferred();
  wanted.metadata = in.metadata();
  return wanted;
}

}  // namespace

template <class Response, class Request, class Work>
auto IngestRpc::within(Work work) {
  return sql::in_transaction(
      d_.pool, [this, work](sql::Tx& tx, const Call& call, const Request& in) -> Result<Response> {
        const auto library = d_.library(tx);
        Uploads uploads(*library, d_.clock, d_.random, d_.policy);
        return work(uploads, call, in);
      });
}

rpc::Service IngestRpc::service() {
  rpc::Service service("cliffhanger.ingest.v1.IngestService");
  add_creation(service);
  add_import(service);
  add_appending(service);
  add_reading(service);
  return service;
}

// The episode must be the caller's; what others own does not exist for them.
Result<SeriesId> IngestRpc::series_of(const Call& call, const std::string& episode_id) {
  catalog::v1::GetEpisodeRequest ask;
  ask.set_episode_id(episode_id);
  CH_ASSIGN(const auto answer, d_.catalog.call<catalog::v1::GetEpisodeResponse>(call, ask));
  if (answer.episode().owner_id() != call.caller.user.text())
    return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
  return SeriesId::parse(answer.episode().series_id());
}

void IngestRpc::add_creation(rpc::Service& service) {
  service.on([this](const Call& call, const v1::CreateUploadRequest& request) -> Result<v1::CreateUploadResponse> {
    std::optional<SeriesId> series;
    if (!request.episode_id().empty()) {
      CH_ASSIGN(series, series_of(call, request.episode_id()));
    }
    const auto add = within<v1::CreateUploadResponse, v1::CreateUploadRequest>(
        [series](Uploads& uploads, const Call& caller, const auto& in) -> Result<v1::CreateUploadResponse> {
          const NewUpload wanted = wanted_by(in, series);
          std::vector<UploadId> partials;
          for (const auto& id : in.partial_ids()) partials.push_back(id_of(id));
          CH_ASSIGN(const Upload upload, partials.empty() ? uploads.create_upload(caller.caller, wanted)
                                                          : uploads.create_of(caller.caller, wanted, partials));
          return with_upload<v1::CreateUploadResponse>(uploads, upload);
        });
    auto out = add(call, request);
    if (out && request.partial_ids_size() > 0) d_.wake_verifier();
    return out;
  });
  service.on(within<v1::TerminateUploadResponse, v1::TerminateUploadRequest>(
      [](Uploads& uploads, const Call& call, const auto& in) -> Result<v1::TerminateUploadResponse> {
        CH_TRY(uploads.terminate_upload(call.caller, id_of(in.upload_id())));
        return v1::TerminateUploadResponse();
      }));
}

void IngestRpc::add_import(rpc::Service& service) {
  service.on([this](const Call& call, const v1::ImportUploadRequest& request) -> Result<v1::ImportUploadResponse> {
    CH_ASSIGN(const CheckedUrl url, check_url(request.url(), d_.reach));
    CH_ASSIGN(const auto series, series_of(call, request.episode_id()));
    const auto add = sql::in_transaction(
        d_.pool, [&](sql::Tx& tx, const Call& caller, const v1::ImportUploadRequest& in) -> Result<v1::ImportUploadResponse> {
          const auto library = d_.library(tx);
          Uploads uploads(*library, d_.clock, d_.random, d_.policy);
          Imports imports(*library, d_.clock, d_.random, d_.policy, d_.imports);
          NewUpload wanted = common_of(in, series);
          if (wanted.filename.empty()) wanted.filename = url.filename;
          CH_ASSIGN(const Upload upload, imports.create(caller.caller, wanted, url.text, url.shown));
          return with_upload<v1::ImportUploadResponse>(uploads, upload);
        });
    auto out = add(call, request);
    if (out) d_.wake_importer();
    return out;
  });
}

void IngestRpc::add_appending(rpc::Service& service) {
  const auto begin = within<v1::BeginAppendResponse, v1::BeginAppendRequest>(
      [this](Uploads& uploads, const Call& call, const auto& in) -> Result<v1::BeginAppendResponse> {
        CH_ASSIGN(const Upload upload, uploads.begin(call.caller, id_of(in.upload_id()), in.offset(),
                                                     in.length(), !in.only_fences()));
        v1::BeginAppendResponse out;
        out.set_epoch(upload.epoch);
        out.set_length(most_bytes(upload, d_.policy));
        out.set_key_prefix(part_prefix(upload));
        return out;
      });
  // With the length told, it may turn out to be complete.
  service.on([this, begin](const Call& call, const v1::BeginAppendRequest& in) -> Result<v1::BeginAppendResponse> {
    auto out = begin(call, in);
    if (out && in.length() > 0 && in.length() == in.offset()) d_.wake_verifier();
    return out;
  });
  const auto commit = within<v1::CommitPartResponse, v1::CommitPartRequest>(
      [](Uploads& uploads, const Call& call, const auto& in) -> Result<v1::CommitPartResponse> {
        const Part part{in.epoch(), in.offset(), in.length(), in.sha256(), in.object_key()};
        CH_ASSIGN(const Upload upload, uploads.commit_part(call.caller, id_of(in.upload_id()), part));
        v1::CommitPartResponse out;
        out.set_offset(upload.offset);
        out.set_complete(upload.state != State::kReceiving);
        set_time(out.mutable_expire_time(), upload.expires);
        return out;
      });
  service.on([this, commit](const Call& call, const v1::CommitPartRequest& in) -> Result<v1::CommitPartResponse> {
    auto out = commit(call, in);
    if (out && out->complete()) d_.wake_verifier();
    return out;
  });
}

void IngestRpc::add_reading(rpc::Service& service) {
  service.on(within<v1::GetUploadResponse, v1::GetUploadRequest>(
      [](Uploads& uploads, const Call& call, const auto& in) -> Result<v1::GetUploadResponse> {
        CH_ASSIGN(const Upload upload, uploads.get(call.caller, id_of(in.upload_id())));
        return with_upload<v1::GetUploadResponse>(uploads, upload);
      }));
  service.on(within<v1::ListUploadsResponse, v1::ListUploadsRequest>(
      [](Uploads& uploads, const Call& call, const auto& in) -> Result<v1::ListUploadsResponse> {
        const std::string query =
            "uploads/" + call.caller.tenant.text() + "/" + call.caller.user.text() + "/" + in.episode_id();
        CH_ASSIGN(const std::string position, page_position(query, in.page_token()));
        std::optional<UploadId> before;
        if (!position.empty()) before = UploadId::parse(position).value_or(UploadId());
        const int size = page_size(in.page_size(), 20, 100);
        CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
        CH_ASSIGN(const auto found, uploads.of_episode(call.caller, episode, before, size + 1));
        v1::ListUploadsResponse out;
        for (const auto& upload : found) {
          if (out.uploads_size() == size) {
            out.set_next_page_token(page_token(query, out.uploads(size - 1).upload_id()));
            break;
          }
          *out.add_uploads() = to_proto(upload);
        }
        return out;
      }));
}

}  // namespace cliffhanger::ingest
