#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/community/domain/community.h"

namespace cliffhanger::community {

// catalog's rpcs.
class CatalogClient final : public Catalog {
 public:
  explicit CatalogClient(rpc::Client client) : client_(std::move(client)) {}
  Result<void> check_visible(const Call& call, const Subject& subject) override;

 private:
  const rpc::Client client_;
};

// The stores of one transaction, kept alive together.
struct Unit {
  std::unique_ptr<Board> board;
  std::unique_ptr<News> news;
};

// cliffhanger.community.v1.CommunityService.
class CommunityRpc {
 public:
  // All outlive it, and it outlives the service.
  struct Deps {
    sql::Pool& pool;
    std::function<Unit(sql::Tx&, const Call&)> unit;
    Catalog& catalog;
    const Clock& clock;
  };
  explicit CommunityRpc(Deps deps) : d_(std::move(deps)) {}
  rpc::Service service();

 private:
  // Makes a handler that runs `work(Community&, request) -> Result<Response>` in one transaction, with the
  // idempotency record.
  template <class Response, class Request, class Work>
  auto within(Work work);

  Deps d_;
};

}  // namespace cliffhanger::community
