#include "services/insight/rpc/exports_rpc.h"

#include <charconv>

#include "cliffhanger/insight/v1/exports_service.pb.h"
#include "libs/core/page.h"
#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

v1::ExportWindow to_message(const ExportedWindow& window) {
  v1::ExportWindow out;
  set_time(out.mutable_start_time(), window.start);
  set_time(out.mutable_end_time(), window.end);
  out.set_revision(window.revision());
  for (const auto& part : window.parts) {
    auto& to = *out.add_parts();
    to.set_key(part_key(part));
    to.set_lines(part.lines);
    to.set_bytes(part.bytes);
    out.set_lines(out.lines() + part.lines);
  }
  return out;
}

Result<std::optional<Time>> time_in(const std::string& position) {
  if (position.empty()) return std::nullopt;
  std::int64_t micros = 0;
  const auto end = position.data() + position.size();
  const auto [at, error] = std::from_chars(position.data(), end, micros);
  if (error != std::errc() || at != end) return fail(invalid("BAD_PAGE_TOKEN", "The page token is damaged."));
  return from_micros(micros);
}

Result<v1::ListExportsResponse> list(sql::Pool& pool, const ListExportedWindows& list, const Call& call,
                                     const v1::ListExportsRequest& in) {
  const auto query = "exports/" + call.caller.tenant.text();
  const int size = page_size(in.page_size(), kExportsPerPage, kMostExportsPerPage);
  CH_ASSIGN(const auto position, page_position(query, in.page_token()));
  CH_ASSIGN(const auto before, time_in(position));
  CH_ASSIGN(const auto windows,
            pool.read([&](sql::Tx& tx) { return list(tx, call.caller.tenant, before, size); }));
  v1::ListExportsResponse out;
  for (const auto& window : windows) *out.add_windows() = to_message(window);
  if (windows.size() == static_cast<std::size_t>(size))
    out.set_next_page_token(page_token(query, std::to_string(to_micros(windows.back().start))));
  return out;
}

}  // namespace

rpc::Service exports_service(sql::Pool& pool, ListExportedWindows list_windows) {
  rpc::Service service("cliffhanger.insight.v1.ExportsService");
  service.on([&pool, list_windows = std::move(list_windows)](const Call& call, const v1::ListExportsRequest& in) {
    return list(pool, list_windows, call, in);
  });
  return service;
}

}  // namespace cliffhanger::insight
