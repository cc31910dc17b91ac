#include "services/transcode/module.h"

#include "cliffhanger/accounts/v1/events.pb.h"
#include "libs/sql/unit_of_work.h"
#include "services/transcode/rpc/source_event.h"
#include "services/transcode/rpc/transcode_rpc.h"
#include "services/transcode/store/pg_revisions.h"

namespace cliffhanger::transcode {
namespace {

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

 public:
  explicit TranscodeModule(host::Host& host) : ServiceModule(host, "transcode") {
    rpc::Service service("cliffhanger.transcode.v1.TranscodeService");
    service.on(bind(list_revisions))
        .on(bind(get_revision))
        .on(bind(list_dead_letters))
        .on(bind(replay_dead_letter));
    serve(std::move(service));

    consumer().on(
        "ingest",
        [this](sql::Tx& tx, const Call& call, const ingest::v1::SourceVerified& event) -> Result<void> {
          PgRevisions revisions = in(tx, call);
          Planning planning({revisions, this->host().clock(), this->host().random()});
          return accept_source(planning, call, event);
        });
    consumer().on(
        "accounts",
        [this](sql::Tx& tx, const Call& call, const accounts::v1::GuestMerged& event) -> Result<void> {
          CH_ASSIGN(const auto guest, UserId::parse(event.guest_id()));
          CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
          return in(tx, call).move_owner(guest, user);
        });
  }
};

}  // namespace

std::unique_ptr<host::Module> make_transcode(config::Settings&, host::Host& host) {
  return std::make_unique<TranscodeModule>(host);
}

}  // namespace cliffhanger::transcode
