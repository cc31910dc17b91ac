#include "services/edge/events/events.h"

#include <functional>

#include "cliffhanger/transcode/v1/dubs_service.pb.h"
#include "cliffhanger/transcode/v1/transcode_service.pb.h"
#include "services/edge/keys/api_keys.h"
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

// What is told of a revision or a dub as it stands.
struct Told {
  std::string id;  // says what was told, so that a reader that comes again is not told it twice
  std::string json;
  bool final = false;
};

Told told(const v1::Revision& revision) {
  return {revision.revision_id() + "." + std::to_string(revision.state()) + "." +
              std::to_string(revision.stage()) + "." + std::to_string(revision.segments_done()),
          rest::message_to_json(revision),
          revision.state() == v1::REVISION_STATE_READY || revision.state() == v1::REVISION_STATE_FAILED ||
              revision.state() == v1::REVISION_STATE_CANCELLED};
}

Told told(const v1::Dub& dub) {
  return {dub.source_id() + "." + std::to_string(dub.state()) + "." + std::to_string(dub.percent()),
          rest::message_to_json(dub),
          dub.state() == v1::DUB_STATE_READY || dub.state() == v1::DUB_STATE_FAILED};
}

std::string event_of(const Told& told) {
  return "id: " + told.id + "\nevent: progress\ndata: " + told.json + "\n\n";
}

// Failures that pass: the stream stays and asks again.
bool passing(const Error& why) {
  return why.code == Code::kUnavailable || why.code == Code::kDeadlineExceeded ||
         why.code == Code::kResourceExhausted || why.code == Code::kAborted;
}

using Found = Result<std::optional<Told>>;

}  // namespace

// What is followed: one revision, the newest of an episode that is newer than `after`, or an episode's dub in
// a language from an upload that is newer than `after`.
struct Events::Subject {
  Follows what = Follows::kRevision;
  std::string id, language, after;
  std::string topic() const { return what == Follows::kDub ? dub_topic(id, language) : id; }

  // As the listener, whose credentials are renewed; needs a place among what transcode is asked.
  http::Task<Found> look(const rpc::Client& transcode, Admission& admission, const Visit& listener) const;

 private:
  http::Task<Found> look_at_revision(const rpc::Client& transcode, const Visit& visit) const;
  http::Task<Found> look_at_episode(const rpc::Client& transcode, const Visit& visit) const;
  http::Task<Found> look_at_dub(const rpc::Client& transcode, const Visit& visit) const;
};

http::Task<Found> Events::Subject::look(const rpc::Client& transcode, Admission& admission,
                                        const Visit& listener) const {
  const auto place = admission.admit(Priority::kUploads);
  if (!place) co_return fail(place.error());
  auto now = co_await renewed(listener);
  if (!now) co_return fail(std::move(now).error());
  Visit& visit = *now;
  visit.deadline = Clock::now() + kDoorDeadline;
  visit.idempotency_key.clear();
  if (what == Follows::kRevision) co_return co_await look_at_revision(transcode, visit);
  if (what == Follows::kEpisode) co_return co_await look_at_episode(transcode, visit);
  co_return co_await look_at_dub(transcode, visit);
}

http::Task<Found> Events::Subject::look_at_revision(const rpc::Client& transcode, const Visit& visit) const {
  v1::GetRevisionRequest request;
  request.set_revision_id(id);
  const auto answer = co_await call_as_visitor<v1::GetRevisionResponse>(transcode, visit, request);
  if (!answer) co_return fail(answer.error());
  co_return told(answer->revision());
}

http::Task<Found> Events::Subject::look_at_episode(const rpc::Client& transcode, const Visit& visit) const {
  v1::ListRevisionsRequest request;
  request.set_episode_id(id);
  request.set_page_size(1);
  const auto answer = co_await call_as_visitor<v1::ListRevisionsResponse>(transcode, visit, request);
  if (!answer) co_return fail(answer.error());
  std::optional<Told> out;
  if (answer->revisions_size() > 0 && answer->revisions(0).revision_id() > after)
    out = told(answer->revisions(0));
  co_return out;
}

http::Task<Found> Events::Subject::look_at_dub(const rpc::Client& transcode, const Visit& visit) const {
  v1::GetDubRequest request;
  request.set_episode_id(id);
  request.set_language(language);
  const auto answer = co_await call_as_visitor<v1::GetDubResponse>(transcode, visit, request);
  std::optional<Told> out;
  if (!answer && answer.error().reason == "DUB_NOT_FOUND") co_return out;  // it is still being uploaded
  if (!answer) co_return fail(answer.error());
  if (answer->dub().source_id() > after) out = told(answer->dub());
  co_return out;
}

namespace {

// Asks `look` whenever there is news of the topic.
class ProgressStream final : public http::Stream {
 public:
  using Look = std::function<http::Task<Found>()>;
  struct Deps {
    Look look;
    Events::Timing timing;
    std::shared_ptr<void> slot;
  };
  ProgressStream(Deps deps, NewsHub& hub, std::string topic, std::string known)
      : deps_(std::move(deps)),
        watch_(hub, std::move(topic)),
        known_(std::move(known)),
        end_(Clock::now() + deps_.timing.longest) {}

  // What was found before the stream began.
  void begin(const std::optional<Told>& found) {
    pending_ = std::string(kGreeting) + take(found);
    spoke_ = Clock::now();
    poll_ = spoke_ + deps_.timing.poll;
  }

  http::Task<std::optional<std::string>> next() override {
    if (!pending_.empty()) co_return std::exchange(pending_, {});
    const auto now = Clock::now();
    if (ended_ || now >= end_) co_return std::nullopt;
    if (now >= poll_) {
      const Found found = co_await deps_.look();
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
  std::string take(const std::optional<Told>& found) {
    if (!found) return {};
    ended_ = found->final;
    if (found->id == known_) return {};
    known_ = found->id;
    return event_of(*found);
  }

  const Deps deps_;
  NewsHub::Watch watch_;
  std::string known_;    // the id of what was told last
  std::string pending_;  // to be sent next
  Clock::time_point spoke_, poll_;
  const Clock::time_point end_;
  bool ended_ = false;
};

}  // namespace

Result<Events::Subject> Events::subject_of(const http::Request& request, Follows what) {
  Subject out{what, std::string(request.capture(what == Follows::kRevision ? "revision_id" : "episode_id")),
              what == Follows::kDub ? std::string(request.capture("language")) : "",
              std::string(http::param(request.query, "after"))};
  for (const std::string* id : {&out.id, &out.after}) {
    if (!id->empty() && !Uuid::parse(*id))
      return fail(invalid("INVALID_REQUEST", "Ids are UUIDs of 36 characters, in lower case."));
  }
  return out;
}

void Events::add_routes(http::Router& router) {
  const auto add = [&](const char* path, Follows what, const char* name) {
    router.add("GET", path, [this, what](http::Request& request) { return serve(request, what); }, name, 0);
  };
  add("/v1/revisions/{revision_id}/events", Follows::kRevision, "revision events");
  add("/v1/episodes/{episode_id}/events", Follows::kEpisode, "episode events");
  add("/v1/episodes/{episode_id}/dubs/{language}/events", Follows::kDub, "dub events");
}

http::Task<http::Response> Events::serve(http::Request& request, Follows what) {
  const Visit& visit = visit_of(request);
  const auto subject = subject_of(request, what);
  if (!subject) co_return error_response(subject.error(), visit.trace);
  if (auto passed = co_await deps_.gate.pass(visit, Charge::kGeneral); !passed)
    co_return error_response(passed.error(), visit.trace);
  const Found found = co_await subject->look(deps_.transcode, deps_.admission, visit);
  if (!found) co_return error_response(found.error(), visit.trace);
  const std::string known(request.headers.get("Last-Event-ID"));
  http::Response out;
  out.headers.add("Cache-Control", "no-store");
  if (*found && (*found)->final && (*found)->id == known) {
    out.status = 204;  // which tells EventSource not to come again
    co_return out;
  }
  auto slot = deps_.slots.take(visit.caller.tenant.text() + "/" + visit.caller.user.text());
  if (!slot) co_return error_response(slot.error(), visit.trace);
  // The stream keeps the function, and with it the subject, longer than any look lasts.
  ProgressStream::Look look = [this, transcode = deps_.transcode, visit, subject = *subject] {
    return subject.look(transcode, deps_.admission, visit);
  };
  auto stream = std::make_shared<ProgressStream>(
      ProgressStream::Deps{std::move(look), timing_, std::move(*slot)}, deps_.hub, subject->topic(), known);
  stream->begin(*found);
  out.headers.add("Content-Type", "text/event-stream");
  out.headers.add("X-Accel-Buffering", "no");  // proxies shall hand on each event at once
  out.body = std::shared_ptr<http::Stream>(std::move(stream));
  co_return out;
}

}  // namespace cliffhanger::edge
