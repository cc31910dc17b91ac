#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/catalog/domain/library.h"

namespace cliffhanger::catalog {

// The library of a call's tenant within a transaction; module.cc says which one.
using OpenLibrary = std::function<std::unique_ptr<Library>(sql::Tx&, const Call&)>;

class Dressing;
class TasteOrder;

struct RpcDeps {
  sql::Pool& pool;
  OpenLibrary open;
  const Clock& clock;
  Random& random;
  const Dressing* dressing = nullptr;  // null: everybody gets the same
  const TasteOrder* taste = nullptr;   // null: searches are ordered by text alone
};

// CatalogService: each rpc is one transaction. What is in `deps` outlives the service.
rpc::Service catalog_service(const RpcDeps& deps);

}  // namespace cliffhanger::catalog
