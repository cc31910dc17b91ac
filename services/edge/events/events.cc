#include "services/edge/events/events.h"

#include "cliffhanger/transcode/v1/transcode_service.pb.h"
#include "services/edge/limits.h"
#include "services/edge/rest/json_writer.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {
namespace {

namespace v1 = transcode::v1;
using Clock = std::chrono::steady_clock;

// How long EventSource waits before it comes again.
constexpr std::string_view kGreeting = "retry: 2000\n\n";
constexpr std::string_view kHeartbeat = ":\n\n";

// What is followed: one revision, or the newest of an episode that is newer than `after`.
struct Subject {
  bool of_episode = false;
  std::string id, after;
};

bool is_final(const v1::Revision& revision) {
  return revision.state() == v1::REVISION_STATE_READY || revision.state() == v1::REVISION_STATE_FAILED ||
         revision.state() == v1::REVISION_STATE_CANCELLED;
}

// Says what was told, so that a reader that comes again is not told it twice.
std::string id_of(const v1::Revision& revision) {
  return revision.revision_id() + "." + std::to_string(revision.state()) + "." +
         std::to_string(revision.stage()) + "." + std::to_string(revision.segments_done());
}

std::string event_of(const v1::Revision& revision) {
  return "id: " + id_of(revision) + "\nevent: progress\ndata: " + rest::message_to_json(revision) + "\n\n";
}

// Failures that pass: the stream stays and asks again.
bool passing(const Error& why) {
  return why.code == Code::kUnavailable || why.code == Code::kDeadlineExceeded ||
         why.code == Code::kResourceExhausted || why.code == Code::kAborted;
}

using Found = Result<std::optional<v1::Revision>>;

http::Task<Found> look(const rpc::Client& transcode, Visit visit, const Subject& subject) {
  visit.deadline = Clock::now() + kDoorDeadline;
  visit.idempotency_key.clear();
  std::optional<v1::Revision> out;
  if (!subject.of_episode) {
    v1::GetRevisionRequest request;
    request.set_revision_id(subject.id);
    auto answer = co_await call_as_visitor<v1::GetRevisionResponse>(transcode, visit, request);
    if (!answer) co_return fail(std::move(answer).error());
    out = std::move(*answer->mutable_revision());
    co_return out;
  }
  v1::ListRevisionsRequest request;
  request.set_episode_id(subject.id);
  request.set_page_size(1);
  auto answer = co_await call_as_visitor<v1::ListRevisionsResponse>(transcode, visit, request);
  if (!answer) co_return fail(std::move(answer).error());
  if (answer->revisions_size() > 0 && answer->revisions(0).revision_id() > subject.after)
    out = std::move(*answer->mutable_revisions(0));
  co_return out;
}

class ProgressStream final : public http::Stream {
 public:
  struct Deps {
    rpc::Client transcode;
    Events::Timing timing;
    std::shared_ptr<void> slot;
  };
  ProgressStream(Deps deps, NewsHub& hub, Visit visit, Subject subject, std::string known)
      : deps_(std::move(deps)),
        visit_(std::move(visit)),
        subject_(std::move(subject)),
        watch_(hub, subject_.id),
        known_(std::move(known)),
        end_(Clock::now() + deps_.timing.longest) {}

  // What was found before the stream began.
  void begin(const std::optional<v1::Revision>& found) {
    pending_ = std::string(kGreeting) + take(found);
    spoke_ = Clock::now();
    poll_ = spoke_ + deps_.timing.poll;
  }

  http::Task<std::optional<std::string>> next() override {
    if (!pending_.empty()) co_return std::exchange(pending_, {});
    const auto now = Clock::now();
    if (ended_ || now >= end_) co_return std::nullopt;
    if (now >= poll_) {
      const Found found = co_await look(deps_.transcode, visit_, subject_);
      poll_ = Clock::now() + deps_.timing.poll;
      if (found) pending_ = take(*found);
      // A token that ran out, say: the reader comes again and is told.
      if (!found && !passing(found.error())) co_return std::nullopt;
    }
    if (pending_.empty() && now - spoke_ >= deps_.timing.heartbeat) pending_ = kHeartbeat;
    if (!pending_.empty()) {
      spoke_ = Clock::now();
      co_return std::exchange(pending_, {});
    }
    const auto news = co_await watch_.wait();
    if (news == NewsHub::News::kStopped) co_return std::nullopt;
    if (news == NewsHub::News::kSome) poll_ = Clock::now();
    co_return std::string();
  }

 private:
  // What to say of it, if it is new.
  std::string take(const std::optional<v1::Revision>& found) {
    if (!found) return {};
    ended_ = is_final(*found);
    std::string id = id_of(*found);
    if (id == known_) return {};
    known_ = std::move(id);
    return event_of(*found);
  }

  const Deps deps_;
  const Visit visit_;
  const Subject subject_;
  NewsHub::Watch watch_;
  std::string known_;    // the id of what was told last
  std::string pending_;  // to be sent next
  Clock::time_point spoke_, poll_;
  const Clock::time_point end_;
  bool ended_ = false;
};

Result<Subject> subject_of(const http::Request& request, bool of_episode) {
  Subject out{of_episode, std::string(request.capture(of_episode ? "episode_id" : "revision_id")),
              std::string(http::param(request.query, "after"))};
  for (const std::string* id : {&out.id, &out.after}) {
    if (!id->empty() && !Uuid::parse(*id))
      return fail(invalid("INVALID_REQUEST", "Ids are UUIDs of 36 characters, in lower case."));
  }
  return out;
}

}  // namespace

void Events::add_routes(http::Router& router) {
  router.add(
      "GET", "/v1/revisions/{revision_id}/events",
      [this](http::Request& request) { return serve(request, false); }, "revision events", 0);
  router.add(
      "GET", "/v1/episodes/{episode_id}/events",
      [this](http::Request& request) { return serve(request, true); }, "episode events", 0);
}

http::Task<http::Response> Events::serve(http::Request& request, bool of_episode) {
  const Visit& visit = visit_of(request);
  const auto subject = subject_of(request, of_episode);
  if (!subject) co_return error_response(subject.error(), visit.trace);
  if (auto passed = co_await deps_.gate.pass(visit, Charge::kGeneral); !passed)
    co_return error_response(passed.error(), visit.trace);
  const Found found = co_await look(deps_.transcode, visit, *subject);
  if (!found) co_return error_response(found.error(), visit.trace);
  const std::string known(request.headers.get("Last-Event-ID"));
  http::Response out;
  out.headers.add("Cache-Control", "no-store");
  if (*found && is_final(**found) && id_of(**found) == known) {
    out.status = 204;  // which tells EventSource not to come again
    co_return out;
  }
  auto slot = deps_.slots.take(visit.caller.tenant.text() + "/" + visit.caller.user.text());
  if (!slot) co_return error_response(slot.error(), visit.trace);
  auto stream = std::make_shared<ProgressStream>(
      ProgressStream::Deps{deps_.transcode, timing_, std::move(*slot)}, deps_.hub, visit, *subject, known);
  stream->begin(*found);
  out.headers.add("Content-Type", "text/event-stream");
  out.headers.add("X-Accel-Buffering", "no");  // proxies shall hand on each event at once
  out.body = std::shared_ptr<http::Stream>(std::move(stream));
  co_return out;
}

}  // namespace cliffhanger::edge
