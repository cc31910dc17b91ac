#include "services/ingest/rpc/ingest_rpc.h"

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "libs/core/page.h"
#include "libs/sql/unit_of_work.h"
#include "services/ingest/store/pg_library.h"

namespace cliffhanger::ingest {
namespace {

void put_time(google::protobuf::Timestamp* to, Time from) {
  to->set_seconds(to_micros(from) / 1'000'000);
  to->set_nanos(static_cast<std::int32_t>(to_micros(from) % 1'000'000 * 1000));
}

v1::Upload to_proto(const Upload& from) {
  v1::Upload to;
  to.set_upload_id(from.id.text());
  to.set_episode_id(from.episode.text());
  to.set_filename(from.filename);
  to.set_content_type(from.content_type);
  to.set_length(from.length);
  to.set_offset(from.offset);
  to.set_state(static_cast<v1::UploadState>(static_cast<int>(from.state) + 1));
  to.set_failure_reason(from.failure_reason);
  to.set_failure_message(from.failure_message);
  if (from.source) to.set_source_id(from.source->text());
  if (from.state == State::kReady) to.set_sha256(from.sha256);
  put_time(to.mutable_create_time(), from.created);
  put_time(to.mutable_expire_time(), from.expires);
  return to;
}
static_assert(static_cast<int>(State::kReceiving) + 1 == v1::UPLOAD_STATE_RECEIVING);
static_assert(static_cast<int>(State::kTerminated) + 1 == v1::UPLOAD_STATE_TERMINATED);

UploadId id_of(const std::string& text) { return *UploadId::parse(text); }  // validated by the contract

}  // namespace

rpc::Service make_ingest_rpc(RpcDeps given) {
  auto deps = std::make_shared<RpcDeps>(std::move(given));
  rpc::Service service("cliffhanger.ingest.v1.IngestService");

  // Runs `use` on the uploads of one transaction.
  const auto with = [deps](sql::Tx& tx, auto use) {
    PgLibrary library(tx, deps->clock, deps->random);
    Uploads uploads(library, deps->clock, deps->random, deps->policy);
    return use(uploads);
  };

  const auto add = sql::in_transaction(
      deps->pool, [with](sql::Tx& tx, const Call& call, const v1::CreateUploadRequest& in) -> Result<v1::CreateUploadResponse> {
        CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
        const NewUpload wanted{episode, in.length(), in.filename(), in.content_type(), in.sha256()};
        CH_ASSIGN(const Upload upload, with(tx, [&](Uploads& uploads) { return uploads.create_upload(call.caller, wanted); }));
        v1::CreateUploadResponse out;
        *out.mutable_upload() = to_proto(upload);
        return out;
      });
  service.on([deps, add](const Call& call, const v1::CreateUploadRequest& in) -> Result<v1::CreateUploadResponse> {
    catalog::v1::GetEpisodeRequest ask;
    ask.set_episode_id(in.episode_id());
    CH_ASSIGN(const auto episode, deps->catalog.call<catalog::v1::GetEpisodeResponse>(call, ask));
    if (episode.episode().owner_id() != call.caller.user.text()) {
      return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
    }
    return add(call, in);
  });

  service.on(sql::in_transaction(
      deps->pool, [with](sql::Tx& tx, const Call& call, const v1::GetUploadRequest& in) -> Result<v1::GetUploadResponse> {
        CH_ASSIGN(const Upload upload, with(tx, [&](Uploads& u) { return u.get(call.caller, id_of(in.upload_id())); }));
        v1::GetUploadResponse out;
        *out.mutable_upload() = to_proto(upload);
        return out;
      }));

  service.on(sql::in_transaction(
      deps->pool, [with](sql::Tx& tx, const Call& call, const v1::BeginAppendRequest& in) -> Result<v1::BeginAppendResponse> {
        CH_ASSIGN(const Upload upload,
                  with(tx, [&](Uploads& u) { return u.begin(call.caller, id_of(in.upload_id()), in.offset()); }));
        v1::BeginAppendResponse out;
        out.set_epoch(upload.epoch);
        out.set_length(upload.length);
        out.set_key_prefix(part_prefix(upload));
        return out;
      }));

  service.on(sql::in_transaction(
      deps->pool,
      [with, deps](sql::Tx& tx, const Call& call, const v1::CommitPartRequest& in) -> Result<v1::CommitPartResponse> {
        const Part part{in.epoch(), in.offset(), in.length(), in.sha256(), in.object_key()};
        CH_ASSIGN(const Upload upload,
                  with(tx, [&](Uploads& u) { return u.commit_part(call.caller, id_of(in.upload_id()), part); }));
        if (upload.state == State::kVerifying) tx.after_commit(deps->wake_verifier);
        v1::CommitPartResponse out;
        out.set_offset(upload.offset);
        return out;
      }));

  service.on(sql::in_transaction(
      deps->pool,
      [with](sql::Tx& tx, const Call& call, const v1::TerminateUploadRequest& in) -> Result<v1::TerminateUploadResponse> {
        CH_TRY(with(tx, [&](Uploads& u) { return u.terminate_upload(call.caller, id_of(in.upload_id())); }));
        return v1::TerminateUploadResponse();
      }));

  service.on(sql::in_transaction(
      deps->pool, [deps](sql::Tx& tx, const Call& call, const v1::ListUploadsRequest& in) -> Result<v1::ListUploadsResponse> {
        const std::string query = "uploads/" + call.caller.tenant.text() + "/" + call.caller.user.text() + "/" + in.episode_id();
        CH_ASSIGN(const std::string position, page_position(query, in.page_token()));
        std::optional<UploadId> before;
        if (!position.empty()) before = UploadId::parse(position).value_or(UploadId());
        const int size = page_size(in.page_size(), 20, 100);
        CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
        CH_ASSIGN(const auto found, PgLibrary(tx, deps->clock, deps->random)
                                        .of_episode(call.caller.tenant, call.caller.user, episode, before, size + 1));
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
  return service;
}

}  // namespace cliffhanger::ingest
