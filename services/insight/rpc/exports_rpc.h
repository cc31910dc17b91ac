#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/insight/domain/exports.h"

namespace cliffhanger::insight {

// Windows of a tenant that are whole and began before a time, newest first.
using ListExportedWindows = std::function<Result<std::vector<ExportedWindow>>(
    sql::Tx&, const Tenant&, std::optional<Time> before, int most)>;

// cliffhanger.insight.v1.ExportsService. The pool outlives it.
rpc::Service exports_service(sql::Pool& pool, ListExportedWindows list);

}  // namespace cliffhanger::insight
