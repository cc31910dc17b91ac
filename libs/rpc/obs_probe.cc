#include "libs/rpc/obs_probe.h"

#include "libs/obs/names.h"
#include "libs/rpc/status.h"

namespace cliffhanger::rpc {
namespace {

double seconds(std::chrono::nanoseconds value) {
  return std::chrono::duration<double>(value).count();
}

std::string chain(const std::vector<std::string>& breadcrumbs) {
  std::string text;
  for (const auto& crumb : breadcrumbs) text += (text.empty() ? "" : " < ") + crumb;
  return text;
}

}  // namespace

ObsServerProbe::ObsServerProbe(obs::Logger log, obs::Metrics& metrics)
    : log_(std::move(log)),
      metrics_(metrics),
      queue_(
          metrics.gauge(obs::names::kPoolQueue, "Calls that wait for a thread.", {{"pool", log_.service()}})),
      rejected_(metrics.counter(obs::names::kPoolRejected, "Calls refused because the queue was full.",
                                {{"pool", log_.service()}})) {}

void ObsServerProbe::served(const Served& served) {
  const char* code = served.error == nullptr ? "OK" : to_text(served.error->code);
  metrics_
      .counter(obs::names::kRpcRequests, "Calls served.", {{"method", served.call.method}, {"code", code}})
      .add();
  metrics_
      .histogram(obs::names::kRpcSeconds, "From arrival to answer.", {{"method", served.call.method}},
                 obs::latency_bounds())
      .observe(seconds(served.waited + served.ran));
  const auto* trace = &served.call.trace;
  if (served.error == nullptr) {
    log_.debug("call", {{"method", served.call.method}, {"seconds", seconds(served.ran)}}, trace);
    return;
  }
  const Error& error = *served.error;
  if (error.reason == "SERVER_BUSY") rejected_.add();
  const bool ours = error.code == Code::kInternal || error.code == Code::kDataLoss;
  const std::initializer_list<obs::Field> fields = {
      {"method", served.call.method},   {"code", code},
      {"reason", error.reason},         {"why", error.message},
      {"at", chain(error.breadcrumbs)}, {"tenant", served.call.caller.tenant.text()},
      {"seconds", seconds(served.ran)}};
  if (ours) {
    log_.error("call failed", fields, trace);
  } else {
    log_.debug("call failed", fields, trace);
  }
}

void ObsServerProbe::queue(std::size_t waiting, std::size_t) {
  queue_.set(static_cast<double>(waiting));
}

void ObsClientProbe::called(const std::string& method, const Error* error, int attempt,
                            std::chrono::nanoseconds took) {
  if (error == nullptr || error->code != Code::kUnavailable) return;
  log_.debug("peer unavailable", {{"method", method}, {"attempt", attempt}, {"seconds", seconds(took)}});
}

void ObsClientProbe::circuit(const std::string& service, bool open) {
  if (open)
    log_.warn("a service does not answer; calls to it fail at once", {{"peer", service}});
  else
    log_.info("a service answers again", {{"peer", service}});
}

}  // namespace cliffhanger::rpc
