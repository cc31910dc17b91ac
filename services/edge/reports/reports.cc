#include "services/edge/reports/reports.h"

#include "libs/cmcd/cmcd.h"
#include "libs/obs/names.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

namespace v1 = insight::v1;

obs::Counter counter(obs::Metrics& metrics, const char* outcome) {
  return metrics.counter(obs::names::kCmcdReports, "Requests for media whose players said something (CMCD)",
                         {{"outcome", outcome}});
}

// Of the query, else of the header fields.
Result<cmcd::Cmcd> read(const http::Request& request) {
  cmcd::Cmcd out;
  if (const auto payload = http::param(request.query, cmcd::kQueryParameter); !payload.empty()) {
    CH_TRY(cmcd::add(payload, out));
    return out;
  }
  for (const auto name : cmcd::kHeaders)
    if (const auto payload = request.headers.find(name)) CH_TRY(cmcd::add(*payload, out));
  return out;
}

bool says_anything(const http::Request& request) {
  if (!http::param(request.query, cmcd::kQueryParameter).empty()) return true;
  for (const auto name : cmcd::kHeaders)
    if (request.headers.find(name)) return true;
  return false;
}

static_assert(static_cast<int>(cmcd::Object::kManifest) == v1::DELIVERED_OBJECT_MANIFEST);
static_assert(static_cast<int>(cmcd::Object::kOther) == v1::DELIVERED_OBJECT_OTHER);

v1::Delivery delivery_of(const cmcd::Cmcd& said) {
  v1::Delivery out;
  out.set_object(static_cast<v1::DeliveredObject>(said.ot));
  if (said.br) out.set_bitrate_kbps(*said.br);
  if (said.tb) out.set_top_bitrate_kbps(*said.tb);
  if (said.d) out.set_duration_ms(*said.d);
  if (said.bl) out.set_buffer_ms(*said.bl);
  if (said.dl) out.set_deadline_ms(*said.dl);
  if (said.mtp) out.set_throughput_kbps(*said.mtp);
  if (said.rtp) out.set_requested_kbps(*said.rtp);
  out.set_starved(said.bs);
  out.set_urgent(said.su);
  return out;
}

}  // namespace

TellInsight tell_insight(rpc::Client insight) {
  return [insight = std::move(insight)](const v1::RecordDeliveriesRequest& in) -> Result<void> {
    Call call;
    call.caller = {Tenant(), Role::kService, UserId(), "edge", false};
    call.deadline = std::chrono::steady_clock::now() + kReportDeadline;
    CH_TRY(insight.call<v1::RecordDeliveriesResponse>(call, in));
    return {};
  };
}

Reports::Reports(Deps deps)
    : deps_(std::move(deps)),
      sent_(counter(deps_.metrics, "sent")),
      dropped_(counter(deps_.metrics, "dropped")),
      malformed_(counter(deps_.metrics, "malformed")) {}

Reports::~Reports() {
  stop();
}

void Reports::start() {
  thread_ = std::thread([this] { loop(); });
}

void Reports::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  send();
}

void Reports::note(const http::Request& request, const hls::Grant& grant, std::string_view name) {
  if (!says_anything(request)) return;
  const auto said = read(request);
  if (!said) return malformed_.add();
  auto delivery = delivery_of(*said);
  delivery.set_tenant(grant.tenant.text());
  delivery.set_session_id(grant.session.text());
  delivery.set_revision_id(grant.revision.text());
  delivery.set_name(std::string(name.substr(0, kReportNameBytes)));
  set_time(delivery.mutable_time(), deps_.clock.now());
  const std::lock_guard lock(mutex_);
  if (noted_.size() >= kMostNoted) return dropped_.add();
  noted_.push_back(std::move(delivery));
}

void Reports::loop() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, kReportEvery, [this] { return stopping_; })) {
    lock.unlock();
    send();
    lock.lock();
  }
}

// Into batches with ids, which they keep however often they are sent.
void Reports::gather() {
  std::vector<v1::Delivery> noted;
  {
    const std::lock_guard lock(mutex_);
    noted.swap(noted_);
  }
  for (auto& one : noted) {
    if (batches_.empty() || batches_.back().deliveries_size() >= kReportBatch || &one == noted.data()) {
      auto& batch = batches_.emplace_back();
      batch.set_batch_id(Uuid::v7(deps_.clock.now(), deps_.random).text());
      batch.set_edge(deps_.edge.substr(0, kReportEdgeBytes));
    }
    *batches_.back().add_deliveries() = std::move(one);
  }
  for (; batches_.size() > kMostBatches; batches_.pop_front())
    dropped_.add(batches_.front().deliveries_size());
}

void Reports::send() {
  gather();
  while (!batches_.empty()) {
    const auto told = deps_.tell(batches_.front());
    const bool later = !told && told.error().code != Code::kInvalidArgument;
    if (later) return;
    (told ? sent_ : dropped_).add(batches_.front().deliveries_size());
    batches_.pop_front();
  }
}

}  // namespace cliffhanger::edge
