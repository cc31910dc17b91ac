#include "services/catalog/module.h"

#include "cliffhanger/accounts/v1/events.pb.h"
#include "libs/arms/source.h"
#include "services/catalog/domain/leaving.h"
#include "services/catalog/rpc/catalog_rpc.h"
#include "services/catalog/rpc/dressing.h"
#include "services/catalog/rpc/media_events.h"
#include "services/catalog/rpc/objects_rpc.h"
#include "services/catalog/rpc/overrides_rpc.h"
#include "services/catalog/rpc/playables_rpc.h"
#include "services/catalog/rpc/takedown_rpc.h"
#include "services/catalog/rpc/taste_order.h"
#include "services/catalog/store/pg_library.h"
#include "services/catalog/store/pg_objects.h"

namespace cliffhanger::catalog {
namespace {

ValueSeries value_series(rpc::Client recommendation) {
  return
      [to = std::move(recommendation)](const Call& call, const recommendation::v1::ValueSeriesRequest& ask) {
        return to.call<recommendation::v1::ValueSeriesResponse>(call, ask);
      };
}

class CatalogModule final : public host::ServiceModule {
 public:
  explicit CatalogModule(host::Host& host)
      : ServiceModule(host, "catalog"),
        open_([this](sql::Tx& tx, const Call& call) {
          return std::make_unique<PgLibrary>(tx, call, outbox());
        }),
        media_events_(open_, host.clock()),
        arms_(arms::from_insight(client_of("insight"), host.metrics())),
        dressing_(*arms_, pool(), open_),
        taste_(value_series(client_of("recommendation")), host.clock(), host.metrics()) {
    const RpcDeps deps{pool(), open_, host.clock(), host.random(), &dressing_, &taste_};
    serve(catalog_service(deps));
    serve(playables_service(deps));
    serve(takedown_service(deps));
    serve(overrides_service(pool(), open_));
    add_loop("arms", arms::kRefreshEvery, [this]() -> Result<bool> {
      CH_TRY(arms_->refresh());
      return false;
    });
    serve(objects_service(pool(), claimed_objects));
    media_events_.listen(consumer());
    consumer().on(
        "accounts",
        [this](sql::Tx& tx, const Call& call, const accounts::v1::MinorsModeChanged& event) -> Result<void> {
          CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
          const auto greatest = event.enabled() ? std::optional(event.greatest_rating()) : std::nullopt;
          return open_(tx, call)->hear_minors_mode(user, greatest, event.version());
        });
    on_erase([this](sql::Tx& tx, const Call& call, const std::vector<UserId>& people) -> Result<bool> {
      const auto library = open_(tx, call);
      bool more = false;
      for (const auto& owner : people) {
        CH_ASSIGN(const bool removed, remove_one_series_of(*library, owner));
        more = more || removed;
      }
      return more;
    });
  }

 private:
  OpenLibrary open_;
  MediaEvents media_events_;
  const std::unique_ptr<arms::Arms> arms_;
  const Dressing dressing_;
  const TasteOrder taste_;
};

}  // namespace

std::unique_ptr<host::Module> make_catalog(config::Settings&, host::Host& host) {
  return std::make_unique<CatalogModule>(host);
}

}  // namespace cliffhanger::catalog
