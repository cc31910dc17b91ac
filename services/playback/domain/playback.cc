#include "services/playback/domain/playback.h"

#include <charconv>

#include "libs/core/page.h"
#include "services/playback/domain/cdn.h"
#include "services/playback/domain/limits.h"
#include "services/playback/domain/progress.h"

namespace cliffhanger::playback {
namespace {

Progress progress_of(const Session& session) {
  return {session.what.series,      session.what.episode, session.what.number, session.position_ms,
          session.what.duration_ms, session.completed,    session.reported};
}

std::string text_of(const Progress& last) {
  return std::to_string(to_micros(last.updated)) + "/" + last.series.text();
}

Deliverable deliverable(const Watchable& what, const Takedowns::Standing& standing, Time now) {
  return {what.provisional, standing.encrypted, standing.withdrawn, standing.until && *standing.until >= now};
}

Result<std::optional<Place>> place_of(const std::string& text) {
  if (text.empty()) return std::optional<Place>();
  const auto bad = [] { return invalid("BAD_PAGE_TOKEN", "The page token is not one of this list."); };
  std::int64_t micros = 0;
  const auto slash = text.find('/');
  if (slash == text.npos ||
      std::from_chars(text.data(), text.data() + slash, micros).ptr != text.data() + slash)
    return fail(bad());
  const auto series = SeriesId::parse(std::string_view(text).substr(slash + 1));
  if (!series) return fail(bad());
  return std::optional(Place{from_micros(micros), *series});
}

}  // namespace

Result<UserId> Playback::person() {
  return caller_.guest ? d_.shelf.person(caller_.user) : caller_.user;
}

Result<Started> Playback::start(const Watchable& what) {
  return open(what, true);
}

Result<Started> Playback::prepare(const Watchable& what) {
  return open(what, false);
}

Result<Started> Playback::open(const Watchable& what, bool announced) {
  CH_TRY(check_may_watch(what));
  CH_ASSIGN(const auto user, person());
  const Time now = d_.clock.now();
  CH_ASSIGN(const auto today, d_.times.of(user, now));
  CH_TRY(check_time_left(today));
  Session session;
  session.id = SessionId::make(now, d_.random);
  session.user = user;
  session.what = what;
  session.created = session.reported = now;
  session.announced = announced;
  session.expires = std::chrono::floor<std::chrono::seconds>(now + kSessionLife);
  CH_ASSIGN(const auto standing, d_.takedowns.standing(what.episode, what.revision));
  if (standing.withdrawn && !what.owner)
    return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
  // Beyond what was taken down, or it would be refused as well.
  if (standing.until && session.expires <= *standing.until)
    session.expires = *standing.until + std::chrono::seconds(1);
  CH_ASSIGN(const auto before, d_.shelf.progress(user, what.episode));
  CH_TRY(d_.shelf.add(session));
  if (announced) CH_TRY(d_.news.started(session));
  return Started{std::move(session), resume_position(before, what.duration_ms),
                 may_use_cdn(deliverable(what, standing, now))};
}

Result<Session> Playback::renewable(const SessionId& id) {
  CH_ASSIGN(const auto user, person());
  CH_ASSIGN(auto session, d_.shelf.find(id));
  if (!session || session->user != user)
    return fail(not_found("SESSION_NOT_FOUND", "You have no such playback session."));
  const Time now = d_.clock.now();
  if (now >= session->expires)
    return fail(denied("SESSION_EXPIRED", "The session is over; start another one."));
  if (session->revoked) return fail(denied("SESSION_REVOKED", "The session was ended; start another one."));
  CH_ASSIGN(const auto standing, d_.takedowns.standing(session->what.episode, session->what.revision));
  if (standing.until && session->expires <= *standing.until)
    return fail(not_found("REVISION_WITHDRAWN", "This film was taken away; start another session."));
  if (!may_use_cdn(deliverable(session->what, standing, now))) return fail(not_at_cdn());
  return std::move(*session);
}

Result<Progress> Playback::report(const SessionId& id, const Report& said) {
  CH_ASSIGN(const auto user, person());
  CH_ASSIGN(auto found, d_.shelf.lock(id));
  if (!found || found->user != user)
    return fail(not_found("SESSION_NOT_FOUND", "You have no such playback session."));
  Session& session = *found;
  if (said.sequence <= session.sequence) return progress_of(session);
  const Time now = d_.clock.now();
  const Report report = clamped(said, session, now);
  CH_ASSIGN(const auto before, d_.shelf.progress(session.user, session.what.episode));
  const auto seen = seen_ms(report, session, now);
  session.reported = now;
  session.what.region = report.viewer_region;
  if (!session.announced) CH_TRY(d_.news.started(session));
  session.announced = true;
  session.sequence = report.sequence;
  session.position_ms = report.position_ms;
  session.completed = completes(report, session, before && before->completed);
  ++session.version;
  CH_TRY(d_.shelf.save_report(session));
  if (has_begun(report, session) || before)
    CH_TRY(d_.shelf.save_progress(session.user, progress_of(session)));
  CH_TRY(d_.times.add(session.user, seen, now));
  CH_ASSIGN(const auto today, d_.times.of(session.user, now));
  if (!check_time_left(today)) CH_TRY(end_what_began(d_.takedowns, session.user, now, now));
  CH_TRY(d_.news.reported(session, report));
  return progress_of(session);
}

Result<void> Playback::revoke(const SessionId& id) {
  CH_ASSIGN(const auto user, person());
  CH_ASSIGN(const auto session, d_.shelf.lock(id));
  const bool own = session && session->user == user;
  if (!session || !(own || caller_.role == Role::kOperator))
    return fail(not_found("SESSION_NOT_FOUND", "You have no such playback session."));
  const Time now = d_.clock.now();
  if (session->revoked || session->expires <= now) return {};
  return d_.takedowns.end(*session, own, now);
}

Result<Revoked> Playback::revoke_all(const std::optional<UserId>& wanted) {
  CH_ASSIGN(const auto self, person());
  const auto user = wanted.value_or(self);
  const bool own = user == self || user == caller_.user;
  if (!own && caller_.role != Role::kOperator)
    return fail(denied("ROLE_TOO_LOW", "Only operators end the sessions of others."));
  const Time now = d_.clock.now();
  CH_ASSIGN(const int ended, d_.takedowns.end_all(own ? self : user, own, kMostRevoked, Time::max(), now));
  return Revoked{ended, ended == kMostRevoked};
}

Result<void> Playback::revoke_revision(const RevisionId& revision) {
  return d_.takedowns.end_revision(revision, refused_until(d_.clock.now()));
}

Result<ProgressPage> Playback::continue_watching(std::int32_t wanted, const std::string& page_token) {
  const std::string query = "continue-watching/" + caller_.tenant.text() + "/" + caller_.user.text();
  CH_ASSIGN(const auto position, page_position(query, page_token));
  CH_ASSIGN(const auto after, place_of(position));
  const auto size = static_cast<std::size_t>(page_size(wanted, kPageSize, kMaxPageSize));
  ProgressPage page;
  CH_ASSIGN(page.items, d_.shelf.unfinished(caller_.user, after, static_cast<int>(size) + 1));
  if (page.items.size() > size) {
    page.items.resize(size);
    page.next = cliffhanger::page_token(query, text_of(page.items.back()));
  }
  return page;
}

}  // namespace cliffhanger::playback
