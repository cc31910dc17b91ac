#include "services/community/module.h"

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/catalog/v1/events.pb.h"
#include "libs/host/host.h"
#include "services/community/config.h"
#include "services/community/rpc/community_rpc.h"
#include "services/community/store/pg_board.h"

namespace cliffhanger::community {
namespace {

class CommunityModule final : public host::ServiceModule {
 public:
  CommunityModule(const Config&, host::Host& host)
      : ServiceModule(host, "community"),
        catalog_(client_of("catalog")),
        rpc_({pool(),
              [this](sql::Tx& tx, const Call& call) {
                return Unit{std::make_unique<PgBoard>(tx, call.caller.tenant),
                            std::make_unique<OutboxNews>(tx, outbox(), call)};
              },
              catalog_, host.clock()}) {
    serve(rpc_.service());
    consumer()
        .on("accounts",
            [](sql::Tx& tx, const Call& call, const accounts::v1::GuestMerged& event) -> Result<void> {
              CH_ASSIGN(const auto guest, UserId::parse(event.guest_id()));
              CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
              return PgBoard(tx, call.caller.tenant).merge(guest, user);
            })
        .on("catalog",
            [](sql::Tx& tx, const Call& call, const catalog::v1::SeriesChanged& event) -> Result<void> {
              if (!event.published()) return {};
              CH_ASSIGN(const auto owner, UserId::parse(event.owner_id()));
              return PgBoard(tx, call.caller.tenant).hear_creator(owner);
            });
    on_erase([](sql::Tx& tx, const Call& call, const std::vector<UserId>& people) {
      return PgBoard(tx, call.caller.tenant).forget(people);
    });
  }

 private:
  CatalogClient catalog_;
  CommunityRpc rpc_;
};

}  // namespace

std::unique_ptr<host::Module> make_community(config::Settings& settings, host::Host& host) {
  return std::make_unique<CommunityModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::community
