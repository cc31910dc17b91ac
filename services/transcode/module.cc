#include "services/transcode/module.h"

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "libs/sql/unit_of_work.h"
#include "services/transcode/config.h"
#include "services/transcode/rpc/appearances_rpc.h"
#include "services/transcode/rpc/captions_rpc.h"
#include "services/transcode/rpc/cuts_rpc.h"
#include "services/transcode/rpc/dubs_rpc.h"
#include "services/transcode/rpc/episode_events.h"
#include "services/transcode/rpc/objects_rpc.h"
#include "services/transcode/rpc/profile_rpc.h"
#include "services/transcode/rpc/source_event.h"
#include "services/transcode/rpc/transcode_rpc.h"
#include "services/transcode/store/pg_appearances.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/store/pg_dubs.h"
#include "services/transcode/store/pg_objects.h"
#include "services/transcode/store/pg_revisions.h"
#include "services/transcode/store/queue_gauges.h"
#include "services/transcode/worker/sweeper.h"

namespace cliffhanger::transcode {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kSweepIdle = 60s;
constexpr std::chrono::milliseconds kGaugesEvery = 10s;
constexpr std::chrono::milliseconds kNoted = 1h;  // a writer names what it wrote within minutes, or is dead

class TranscodeModule final : public host::ServiceModule {
  PgRevisions in(sql::Tx& tx, const Call& call) {
    return PgRevisions(tx, call, outbox(), host().clock(), host().random());
  }
  template <class Response, class Request>
  auto bind(Result<Response> (*method)(Desk&, const Call&, const Request&)) {
    return sql::in_transaction(
        pool(), [this, method](sql::Tx& tx, const Call& call, const Request& request) -> Result<Response> {
          PgRevisions revisions = in(tx, call);
          return method(revisions, call, request);
        });
  }
  template <class Response, class Request>
  auto bind(Result<Response> (*method)(Captioning&, const Call&, const Request&)) {
    return sql::in_transaction(
        pool(), [this, method](sql::Tx& tx, const Call& call, const Request& request) -> Result<Response> {
          PgCaptions shelf(tx, call, this->host().clock(), this->host().random());
          Captioning captioning({shelf, this->host().clock()});
          return method(captioning, call, request);
        });
  }
  template <class Response, class Request>
  auto bind(Result<Response> (*method)(Dubbing&, const Call&, const Request&)) {
    return sql::in_transaction(
        pool(), [this, method](sql::Tx& tx, const Call& call, const Request& request) -> Result<Response> {
          PgDubs shelf = dubs(tx, call);
          Dubbing dubbing(shelf);
          return method(dubbing, call, request);
        });
  }
  PgDubs dubs(sql::Tx& tx, const Call& call) {
    return PgDubs(tx, call, this->outbox(), this->host().clock(), this->host().random());
  }
  void serve_dubs() {
    rpc::Service service("cliffhanger.transcode.v1.DubsService");
    service.on(bind(list_dubs)).on(bind(get_dub)).on(bind(delete_dub));
    serve(std::move(service));
  }
  void serve_captions() {
    rpc::Service service("cliffhanger.transcode.v1.CaptionsService");
    service.on(bind(put_captions))
        .on(bind(list_captions))
        .on(bind(get_captions))
        .on(bind(delete_captions))
        .on(bind(draft_captions))
        .on(bind(approve_captions))
        .on(bind(burn_captions))
        .on(bind(unburn_captions))
        .on(bind(get_burned_playlist));
    serve(std::move(service));
  }
  void serve_cuts() {
    rpc::Service service("cliffhanger.transcode.v1.CutsService");
    service.on(
        [this](const Call& call, const pb::CreateCutRequest& request) -> Result<pb::CreateCutResponse> {
          CH_ASSIGN(const UserId owner, owner_of_episode(catalog_, call, request.episode_id()));
          const auto cut =
              sql::in_transaction(pool(),
                                  [&](sql::Tx& tx, const Call& in_call,
                                      const pb::CreateCutRequest& in) -> Result<pb::CreateCutResponse> {
                                    PgRevisions revisions = this->in(tx, in_call);
                                    Cutting cutting({revisions, revisions, host().clock(), host().random()});
                                    return create_cut(cutting, in_call, in, owner);
                                  });
          return cut(call, request);
        });
    serve(std::move(service));
  }

  void serve_appearances() {
    rpc::Service service("cliffhanger.transcode.v1.AppearancesService");
    service.on(sql::in_transaction(
        pool(), [this](sql::Tx& tx, const Call& call, const pb::ListAppearancesRequest& request) {
          PgRevisions revisions = in(tx, call);
          PgAppearances appearances(tx, call, outbox(), revisions);
          return list_appearances(appearances, call, request);
        }));
    serve(std::move(service));
  }

  // Whose a series is, catalog knows; what others own does not exist for them.
  Result<void> own_series(const Call& call, const std::string& series_id) {
    catalog::v1::GetSeriesRequest ask;
    ask.set_series_id(series_id);
    CH_ASSIGN(const auto answer, catalog_.call<catalog::v1::GetSeriesResponse>(call, ask));
    if (call.caller.role == Role::kOperator || answer.series().owner_id() == call.caller.user.text()) return {};
    return fail(not_found("SERIES_NOT_FOUND", "There is no such series."));
  }
  template <class Request, class Handler>
  auto for_owner(Handler handler) {
    return [this, handler](const Call& call, const Request& request) {
      const auto owned = own_series(call, request.series_id());
      return owned ? handler(call, request) : decltype(handler(call, request))(fail(owned.error()));
    };
  }
  void serve_profiles() {
    rpc::Service service("cliffhanger.transcode.v1.ProfileService");
    service
        .on(for_owner<v1::GetSeriesProfileRequest>(sql::in_transaction(
            pool(), [this](sql::Tx& tx, const Call& call, const v1::GetSeriesProfileRequest& request) {
              PgRevisions revisions = in(tx, call);
              return get_series_profile(revisions, call, request);
            })))
        .on(for_owner<v1::RenewSeriesProfileRequest>(sql::in_transaction(
            pool(), [this](sql::Tx& tx, const Call& call, const v1::RenewSeriesProfileRequest& request) {
              PgRevisions revisions = in(tx, call);
              return renew_series_profile(revisions, this->host().clock(), call, request);
            })));
    serve(std::move(service));
  }

  void hear_ingest(const PlanSettings& plans) {
    consumer().on("ingest",
                  [this, plans](sql::Tx& tx, const Call& call,
                                const ingest::v1::SourceVerified& event) -> Result<void> {
                    PgRevisions revisions = in(tx, call);
                    Planning planning({revisions, this->host().clock(), this->host().random(), plans.hevc});
                    CH_TRY(accept_source(planning, call, event));
                    CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
                    return dubs(tx, call).ask(episode);
                  });
    consumer().on("ingest", [this](sql::Tx& tx, const Call& call, const ingest::v1::SourceHeadArrived& event) {
      PgRevisions revisions = in(tx, call);
      Planning planning({revisions, this->host().clock(), this->host().random()});  // HEVC has no heads
      return accept_head(planning, call, event);
    });
    consumer().on("ingest", [this](sql::Tx& tx, const Call& call, const ingest::v1::SourceHeadGone& event) {
      PgRevisions revisions = in(tx, call);
      Planning planning({revisions, this->host().clock(), this->host().random()});
      return end_head(planning, event);
    });
    consumer().on("ingest", [this](sql::Tx& tx, const Call& call, const ingest::v1::DubVerified& event) {
      PgDubs shelf = dubs(tx, call);
      Dubbing dubbing(shelf);
      return accept_dub(dubbing, event);
    });
  }

 public:
  TranscodeModule(host::Host& host, const SweepSettings& sweep, const PlanSettings& plans)
      : ServiceModule(host, "transcode"),
        catalog_(client_of("catalog")),
        sweeper_({pool(), host.blobs(), host.metrics()}, {sweep.grace, sweep.replaced, kNoted}),
        gauges_(pool(), host.metrics()) {
    rpc::Service service("cliffhanger.transcode.v1.TranscodeService");
    service.on(bind(list_revisions))
        .on(bind(get_revision))
        .on(bind(cancel_revision))
        .on(bind(get_queue))
        .on(bind(list_dead_letters))
        .on(bind(replay_dead_letter));
    serve(std::move(service));
    serve_captions();
    serve_profiles();
    serve_dubs();
    serve_cuts();
    serve_appearances();
    serve(objects_service(pool(), host.blobs(), {claimed_objects, remove_unclaimed}));

    hear_ingest(plans);
    consumer().on(
        "accounts",
        [this](sql::Tx& tx, const Call& call, const accounts::v1::GuestMerged& event) -> Result<void> {
          CH_ASSIGN(const auto guest, UserId::parse(event.guest_id()));
          CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
          CH_TRY(dubs(tx, call).move_owner(guest, user));
          return in(tx, call).move_owner(guest, user);
        });
    consumer().on("catalog", [this](sql::Tx& tx, const Call& call, const catalog::v1::EpisodeChanged& event) -> Result<void> {
      PgRevisions revisions = in(tx, call);
      PgAppearances appearances(tx, call, outbox(), revisions);
      CH_TRY(hear_changed(revisions, event));
      return hear_takedown(appearances, event);
    });
    consumer().on("catalog", [this](sql::Tx& tx, const Call& call, const catalog::v1::EpisodeDeleted& event) -> Result<void> {
      PgRevisions revisions = in(tx, call);
      CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
      CH_TRY(hear_deleted(revisions, event));
      // Last, as packaging locks them: a revision, then captions.
      CH_TRY(PgCaptions(tx, call, this->host().clock(), this->host().random()).forget(episode));
      return dubs(tx, call).forget(episode);
    });
    add_loop("sweeper", kSweepIdle, [this] { return sweeper_.step(); });
    add_loop("queue figures", kGaugesEvery, [this] { return gauges_.step(); });
  }

 private:
  rpc::Client catalog_;
  Sweeper sweeper_;
  QueueGauges gauges_;
};

}  // namespace

std::unique_ptr<host::Module> make_transcode(config::Settings& settings, host::Host& host) {
  return std::make_unique<TranscodeModule>(host, SweepSettings::read(settings), PlanSettings::read(settings));
}

}  // namespace cliffhanger::transcode
