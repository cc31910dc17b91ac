#include "services/playback/rpc/playback_rpc.h"

#include <algorithm>

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "cliffhanger/catalog/v1/playables_service.pb.h"
#include "cliffhanger/playback/v1/playback_service.pb.h"
#include "cliffhanger/transcode/v1/captions_service.pb.h"
#include "libs/sql/unit_of_work.h"
#include "services/playback/domain/limits.h"
#include "services/playback/domain/progress.h"
#include "services/playback/takedown_message.h"

namespace cliffhanger::playback {
namespace {

void fill(v1::Progress* out, const Progress& p) {
  out->set_series_id(p.series.text());
  out->set_episode_id(p.episode.text());
  out->set_episode_number(p.number);
  out->set_position_ms(p.position_ms);
  out->set_duration_ms(p.duration_ms);
  out->set_completed(p.completed);
  set_time(out->mutable_update_time(), p.updated);
}

// Without the URLs: see Passes.
void fill(v1::PlaybackSession* session, const Started& started) {
  session->set_session_id(started.session.id.text());
  session->set_episode_id(started.session.what.episode.text());
  session->set_series_id(started.session.what.series.text());
  session->set_revision_id(started.session.what.revision.text());
  set_time(session->mutable_expire_time(), started.session.expires);
  session->set_resume_ms(started.resume_ms);
  session->set_duration_ms(started.session.what.duration_ms);
  session->set_provisional(started.session.what.provisional);
  session->set_paywall_position(started.session.what.paywall);
  if (started.at_cdn) session->mutable_cdn();
}

v1::CreateSessionResponse to_response(const Started& started) {
  v1::CreateSessionResponse out;
  fill(out.mutable_session(), started);
  return out;
}

// What is asked of one episode of PrepareSessions.
struct Asked {
  EpisodeId episode;
  Result<Watchable> what;
};

// Asks catalog for each once, all with one question.
Result<std::vector<Asked>> ask(Catalog& catalog, const Call& call, const v1::PrepareSessionsRequest& in) {
  std::vector<EpisodeId> episodes;
  for (const auto& text : in.episode_ids()) {
    CH_ASSIGN(const auto episode, EpisodeId::parse(text));
    if (std::ranges::find(episodes, episode) == episodes.end()) episodes.push_back(episode);
  }
  CH_ASSIGN(auto found, catalog.resolve_all(call, episodes, in.viewer_region()));
  std::vector<Asked> out;
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    auto what = std::move(found[i]);
    if (what) {
      if (auto may = check_may_watch(*what); !may) what = fail(std::move(may).error());
    }
    out.push_back({episodes[i], std::move(what)});
  }
  return out;
}

Result<Report> report_of(const v1::ReportProgressRequest& in) {
  Report out{in.sequence(),
             WatchEvent::kProgress,
             in.position_ms(),
             in.watched_ms(),
             {in.context().source(), in.context().device(), in.context().region()},
             in.viewer_region()};
  switch (in.event()) {
    case v1::WATCH_EVENT_PROGRESS:
      return out;
    case v1::WATCH_EVENT_COMPLETE:
      out.event = WatchEvent::kComplete;
      return out;
    case v1::WATCH_EVENT_SKIP:
      out.event = WatchEvent::kSkip;
      return out;
    default:
      return fail(
          invalid("INVALID_REQUEST", "There is no such event.", {{"event", "is not one of the events"}}));
  }
}

v1::ReportProgressResponse to_response(const Progress& progress) {
  v1::ReportProgressResponse out;
  fill(out.mutable_progress(), progress);
  return out;
}

v1::ListContinueWatchingResponse to_response(const ProgressPage& page) {
  v1::ListContinueWatchingResponse out;
  for (const auto& item : page.items) fill(out.add_items(), item);
  out.set_next_page_token(page.next);
  return out;
}

v1::GetContentKeyResponse to_key_response(const ContentKey& key) {
  v1::GetContentKeyResponse out;
  out.set_key_id(key.id);
  out.set_key(key.key);
  out.set_iv(key.iv);
  return out;
}

// Who reviews watches what they review, locked or not.
bool reviews(const Call& call) {
  return call.caller.role == Role::kOperator;
}

// What catalog says of one episode, as opposed to a catalog that can't say anything.
bool is_ruling(const Error& why) {
  return why.code == Code::kNotFound || why.code == Code::kPermissionDenied ||
         why.code == Code::kFailedPrecondition;
}

Result<Watchable> to_watchable(const EpisodeId& episode, const catalog::v1::ResolvePlaybackResponse& got,
                               bool operates, const std::string& region) {
  Watchable out;
  out.episode = episode;
  CH_ASSIGN(out.series, SeriesId::parse(got.episode().series_id()));
  CH_ASSIGN(out.revision, RevisionId::parse(got.revision_id()));
  out.number = got.episode().number();
  out.duration_ms = got.episode().duration_ms();
  out.provisional = got.provisional();
  out.locked = got.episode().locked();
  out.region = region;
  out.owner = got.owner() || operates;
  out.paywall = got.paywall_position();
  return out;
}

}  // namespace

Result<Watchable> CatalogClient::resolve(const Call& call, const EpisodeId& episode,
                                         const std::string& region) {
  catalog::v1::ResolvePlaybackRequest in;
  in.set_episode_id(episode.text());
  in.set_user_id(call.caller.user.text());
  in.set_viewer_region(region);
  in.set_operates(reviews(call));
  CH_ASSIGN(const auto got, client_.call<catalog::v1::ResolvePlaybackResponse>(call, in));
  return to_watchable(episode, got, in.operates(), region);
}

Result<std::vector<Result<Watchable>>> CatalogClient::resolve_all(const Call& call,
                                                                  const std::vector<EpisodeId>& episodes,
                                                                  const std::string& region) {
  catalog::v1::ResolvePlaybacksRequest in;
  for (const auto& episode : episodes) in.add_episode_ids(episode.text());
  in.set_user_id(call.caller.user.text());
  in.set_viewer_region(region);
  in.set_operates(reviews(call));
  const auto got = client_.call<catalog::v1::ResolvePlaybacksResponse>(call, in);
  if (!got && got.error().code == Code::kUnimplemented) return resolve_each(call, episodes, region);
  if (!got) return fail(got.error());
  if (static_cast<std::size_t>(got->items_size()) != episodes.size())
    return fail(internal("INTERNAL", "Something went wrong on our side.").at("catalog answered for others"));
  std::vector<Result<Watchable>> out;
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    const auto& item = got->items(static_cast<int>(i));
    if (item.has_playback())
      out.push_back(to_watchable(episodes[i], item.playback(), in.operates(), region));
    else
      out.push_back(fail(not_found(item.code(), item.message())));
  }
  return out;
}

Result<std::vector<Result<Watchable>>> CatalogClient::resolve_each(const Call& call,
                                                                   const std::vector<EpisodeId>& episodes,
                                                                   const std::string& region) {
  std::vector<Result<Watchable>> out;
  for (const auto& episode : episodes) {
    out.push_back(resolve(call, episode, region));
    if (const auto& what = out.back(); !what && !is_ruling(what.error())) return fail(what.error());
  }
  return out;
}

Result<Lists> TranscodeClient::lists(const Call& call, const RevisionId& revision,
                                     const std::string& language) {
  transcode::v1::GetBurnedPlaylistRequest in;
  in.set_revision_id(revision.text());
  in.set_language(language);
  return client_.call<transcode::v1::GetBurnedPlaylistResponse>(call, in).map(
      [](const auto& out) { return Lists{out.name(), out.manifest_name()}; });
}

template <class Response, class Request, class Work>
auto PlaybackRpc::within(Work work) {
  return sql::in_transaction(
      d_.pool, [this, work](sql::Tx& tx, const Call& call, const Request& in) -> Result<Response> {
        const Unit unit = d_.unit(tx, call);
        Playback playback({*unit.shelf, *unit.news, *unit.takedowns, d_.clock, d_.random, *unit.times},
                          call.caller);
        return work(playback, in);
      });
}

rpc::Service PlaybackRpc::service() {
  rpc::Service service("cliffhanger.playback.v1.PlaybackService");
  service
      .on([this](const Call& call, const v1::CreateSessionRequest& in) { return create_session(call, in); })
      .on(within<v1::ReportProgressResponse, v1::ReportProgressRequest>(
          [](Playback& playback, const v1::ReportProgressRequest& in) -> Result<v1::ReportProgressResponse> {
            CH_ASSIGN(const auto session, SessionId::parse(in.session_id()));
            CH_ASSIGN(const auto report, report_of(in));
            return playback.report(session, report).map([](const Progress& progress) {
              return to_response(progress);
            });
          }))
      .on(within<v1::ListContinueWatchingResponse, v1::ListContinueWatchingRequest>(
          [](Playback& playback, const v1::ListContinueWatchingRequest& in) {
            return playback.continue_watching(in.page_size(), in.page_token())
                .map([](const ProgressPage& page) { return to_response(page); });
          }));
  service.on(
      [this](const Call& call, const v1::PrepareSessionsRequest& in) { return prepare_sessions(call, in); });
  service.on(
      sql::in_transaction(d_.pool, [this](sql::Tx& tx, const Call& call, const v1::GetContentKeyRequest& in) {
        return content_key(tx, call, in);
      }));
  add_revoking(service);
  add_delivery(service);
  return service;
}

void PlaybackRpc::add_revoking(rpc::Service& service) {
  service
      .on(within<v1::RevokeSessionResponse, v1::RevokeSessionRequest>(
          [](Playback& playback, const v1::RevokeSessionRequest& in) -> Result<v1::RevokeSessionResponse> {
            CH_ASSIGN(const auto session, SessionId::parse(in.session_id()));
            return playback.revoke(session).map([] { return v1::RevokeSessionResponse(); });
          }))
      .on(within<v1::RevokeSessionsResponse, v1::RevokeSessionsRequest>(
          [](Playback& playback, const v1::RevokeSessionsRequest& in) -> Result<v1::RevokeSessionsResponse> {
            std::optional<UserId> user;
            if (!in.user_id().empty()) {
              CH_ASSIGN(user, UserId::parse(in.user_id()));
            }
            CH_ASSIGN(const auto revoked, playback.revoke_all(user));
            v1::RevokeSessionsResponse out;
            out.set_revoked(revoked.sessions);
            out.set_more(revoked.more);
            return out;
          }))
      .on(within<v1::RevokeRevisionResponse, v1::RevokeRevisionRequest>(
          [](Playback& playback, const v1::RevokeRevisionRequest& in) -> Result<v1::RevokeRevisionResponse> {
            CH_ASSIGN(const auto revision, RevisionId::parse(in.revision_id()));
            return playback.revoke_revision(revision).map([] { return v1::RevokeRevisionResponse(); });
          }))
      .on(sql::in_transaction(d_.pool,
                              [this](sql::Tx& tx, const Call& call, const v1::ListTakedownsRequest& in) {
                                return list_takedowns(tx, call, in);
                              }));
}

Result<v1::ListTakedownsResponse> PlaybackRpc::list_takedowns(sql::Tx& tx, const Call& call,
                                                              const v1::ListTakedownsRequest& in) {
  const Unit unit = d_.unit(tx, call);
  CH_ASSIGN(const auto page, unit.takedown_log->list(in.cursor(), kTakedownPage, d_.clock.now()));
  v1::ListTakedownsResponse out;
  for (const auto& takedown : page.items) fill(out.add_items(), takedown);
  out.set_cursor(page.cursor);
  out.set_more(page.more);
  return out;
}

Result<v1::CreateSessionResponse> PlaybackRpc::create_session(const Call& call,
                                                              const v1::CreateSessionRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  CH_ASSIGN(const auto what, d_.catalog.resolve(call, episode, in.viewer_region()));
  Lists lists;
  if (!in.burned_captions_language().empty()) {
    CH_TRY(check_may_watch(what));
    if (what.provisional)
      return fail(not_found("BURNED_CAPTIONS_NOT_FOUND",
                            "The episode is still being encoded; its pictures have no captions yet."));
    CH_ASSIGN(lists, d_.burned.lists(call, what.revision, in.burned_captions_language()));
  }
  const auto start =
      within<v1::CreateSessionResponse, v1::CreateSessionRequest>([&](Playback& playback, const auto&) {
        return playback.start(what).map([](const Started& started) { return to_response(started); });
      });
  CH_ASSIGN(auto out, start(call, in));
  CH_TRY(d_.passes.sign(call.caller.tenant, out.mutable_session(), lists));
  return out;
}

Result<v1::PrepareSessionsResponse> PlaybackRpc::prepare_sessions(const Call& call,
                                                                  const v1::PrepareSessionsRequest& in) {
  CH_ASSIGN(const auto asked, ask(d_.catalog, call, in));
  const auto prepare = within<v1::PrepareSessionsResponse, v1::PrepareSessionsRequest>(
      [&](Playback& playback, const auto&) -> Result<v1::PrepareSessionsResponse> {
        v1::PrepareSessionsResponse out;
        for (const auto& one : asked) {
          auto* item = out.add_items();
          item->set_episode_id(one.episode.text());
          const auto started = one.what ? playback.prepare(*one.what) : fail(one.what.error());
          if (started) {
            fill(item->mutable_session(), *started);
          } else if (one.what && started.error().code != Code::kNotFound) {
            return fail(started.error());  // of the whole: what was written so far must not stay
          } else {
            item->set_code(started.error().reason);
            item->set_message(started.error().message);
          }
        }
        return out;
      });
  CH_ASSIGN(auto out, prepare(call, in));
  for (auto& item : *out.mutable_items())
    if (item.has_session()) CH_TRY(d_.passes.sign(call.caller.tenant, item.mutable_session(), {}));
  return out;
}

Result<v1::GetContentKeyResponse> PlaybackRpc::content_key(sql::Tx& tx, const Call& call,
                                                           const v1::GetContentKeyRequest& in) {
  CH_ASSIGN(const auto revision, RevisionId::parse(in.revision_id()));
  const Unit unit = d_.unit(tx, call);
  const Time now = d_.clock.now();
  if (in.session_id().empty())
    return key_to_encrypt(*unit.keys, revision, d_.random, now).map(&to_key_response);
  CH_ASSIGN(const auto session, SessionId::parse(in.session_id()));
  return key_to_watch(*unit.keys, *unit.shelf, *unit.takedowns, revision, session, now).map(&to_key_response);
}

}  // namespace cliffhanger::playback
