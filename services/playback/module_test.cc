#include "services/playback/module.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <thread>

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "cliffhanger/catalog/v1/events.pb.h"
#include "cliffhanger/playback/v1/events.pb.h"
#include "cliffhanger/playback/v1/playback_service.pb.h"
#include "cliffhanger/transcode/v1/events.pb.h"
#include "libs/host/test_module.h"
#include "libs/rpc/probe.h"
#include "services/playback/domain/progress.h"
#include "services/playback/rpc/playback_rpc.h"

namespace cliffhanger::playback {
namespace {

namespace cat = catalog::v1;
using namespace std::chrono_literals;

template <class Request, class Response>
auto refuse() {
  return [](const Call&, const Request&) -> Result<Response> {
    return fail(not_found("NOT_HERE", "The test has none."));
  };
}

// A catalog that knows one episode that is published and a locked one in review, over a real socket.
rpc::Service catalog_with(const EpisodeId& episode, const EpisodeId& in_review, const SeriesId& series,
                          const RevisionId& revision) {
  rpc::Service service("cliffhanger.catalog.v1.CatalogService");
  service.on(
      [=](const Call& call, const cat::ResolvePlaybackRequest& in) -> Result<cat::ResolvePlaybackResponse> {
        EXPECT_EQ(in.user_id(), call.caller.user.text());
        EXPECT_EQ(call.caller.service, "playback");
        const bool reviewed = in.operates() && in.episode_id() == in_review.text();
        if (in.episode_id() != episode.text() && !reviewed)
          return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
        cat::ResolvePlaybackResponse out;
        out.mutable_episode()->set_episode_id(in.episode_id());
        out.mutable_episode()->set_series_id(series.text());
        out.mutable_episode()->set_number(1);
        out.mutable_episode()->set_locked(reviewed);
        out.mutable_episode()->set_duration_ms(60'000);
        out.set_revision_id(revision.text());
        return out;
      });
  service.on(refuse<cat::CreateSeriesRequest, cat::CreateSeriesResponse>())
      .on(refuse<cat::GetSeriesRequest, cat::GetSeriesResponse>())
      .on(refuse<cat::UpdateSeriesRequest, cat::UpdateSeriesResponse>())
      .on(refuse<cat::ListSeriesRequest, cat::ListSeriesResponse>())
      .on(refuse<cat::SearchSeriesRequest, cat::SearchSeriesResponse>())
      .on(refuse<cat::WithdrawSeriesRequest, cat::WithdrawSeriesResponse>())
      .on(refuse<cat::CreateEpisodeRequest, cat::CreateEpisodeResponse>())
      .on(refuse<cat::GetEpisodeRequest, cat::GetEpisodeResponse>())
      .on(refuse<cat::UpdateEpisodeRequest, cat::UpdateEpisodeResponse>())
      .on(refuse<cat::ListEpisodesRequest, cat::ListEpisodesResponse>())
      .on(refuse<cat::PublishEpisodeRequest, cat::PublishEpisodeResponse>())
      .on(refuse<cat::WithdrawEpisodeRequest, cat::WithdrawEpisodeResponse>())
      .on(refuse<cat::SetReviewPolicyRequest, cat::SetReviewPolicyResponse>())
      .on(refuse<cat::DeleteEpisodeRequest, cat::DeleteEpisodeResponse>())
      .on(refuse<cat::BatchGetEpisodesRequest, cat::BatchGetEpisodesResponse>());
  return service;
}

class PlaybackModuleTest : public host::ModuleTest {
 protected:
  PlaybackModuleTest()
      : ModuleTest("playback", embedded::playback_migrations, {"accounts", "catalog", "transcode"}) {
    const auto now = host_->clock().now();
    episode_ = EpisodeId::make(now, host_->random());
    in_review_ = EpisodeId::make(now, host_->random());
    series_ = SeriesId::make(now, host_->random());
    catalog_ = std::make_unique<rpc::Server>(
        rpc::Server::Options{"catalog", host_->listen_addresses("catalog"), 2, 8},
        rpc::Server::Deps{host_->clock(), host_->random(), served_, &host_->access_tokens(),
                          &host_->service_tokens()});
    catalog_->add(catalog_with(episode_, in_review_, series_, RevisionId::make(now, host_->random())));
    EXPECT_TRUE(catalog_->start());
    const std::string keys = dir_.path() + "/keys";
    std::ofstream(keys) << "k1:a secret of thirty-two bytes or more\n";
    config::Settings settings({{"CLIFFHANGER_HLS_KEYS_FILE", keys}});
    module_ = make_playback(settings, *host_);
    EXPECT_TRUE(settings.finish());
    EXPECT_TRUE(module_->start());
  }
  ~PlaybackModuleTest() override {
    module_->drain(5s);
    catalog_->stop();
  }
  // What an edge gets when it asks for everything.
  std::vector<v1::Takedown> takedowns() {
    Call call;
    call.caller = {Tenant(), Role::kService, UserId(), "edge", false};
    const auto got =
        host_->client("edge", "playback").call<v1::ListTakedownsResponse>(call, v1::ListTakedownsRequest());
    EXPECT_TRUE(got) << got.error().reason << got.error().message;
    if (!got) return {};
    return {got->items().begin(), got->items().end()};
  }
  // Tells the house something in catalog's name.
  template <class Event>
  void catalog_tells(const UserId& owner, const Event& event) {
    tell("catalog", call_of(owner), event, episode_.uuid(), event.version());
  }
  rpc::NoServerProbe served_;
  std::unique_ptr<rpc::Server> catalog_;
  std::unique_ptr<host::Module> module_;
  EpisodeId episode_, in_review_;
  SeriesId series_;
};

TEST_F(PlaybackModuleTest, AsksCatalogAndHearsOfMerges) {
  EXPECT_TRUE(module_->ready());
  const auto guest = new_user(), user = new_user();
  const auto client = host_->client("edge", "playback");
  v1::CreateSessionRequest start;
  start.set_episode_id(Uuid::from_name("x").text());
  EXPECT_EQ(client.call<v1::CreateSessionResponse>(call_of(guest), start).error().reason,
            "EPISODE_NOT_FOUND");
  start.set_episode_id(episode_.text());
  const auto session = client.call<v1::CreateSessionResponse>(call_of(guest), start);
  ASSERT_TRUE(session) << session.error().reason << session.error().message;
  EXPECT_EQ(session->session().series_id(), series_.text());
  v1::ReportProgressRequest report;
  report.set_session_id(session->session().session_id());
  report.set_sequence(1);
  report.set_event(v1::WATCH_EVENT_PROGRESS);
  report.set_position_ms(20'000);
  ASSERT_TRUE(client.call<v1::ReportProgressResponse>(call_of(guest), report));

  accounts::v1::GuestMerged merged;
  merged.set_guest_id(guest.text());
  merged.set_user_id(user.text());
  tell("accounts", call_of(user), merged, user.uuid(), 2);
  int listed = 0;
  for (int i = 0; i < 400 && listed == 0; ++i) {
    const auto page =
        client.call<v1::ListContinueWatchingResponse>(call_of(user), v1::ListContinueWatchingRequest());
    ASSERT_TRUE(page) << page.error().reason;
    listed = page->items_size();
    if (listed == 0) std::this_thread::sleep_for(25ms);
  }
  EXPECT_EQ(listed, 1);
}

TEST_F(PlaybackModuleTest, WhoIsSignedOutEverywhereWatchesNothingThatBeganBefore) {
  const auto user = new_user(), other = new_user();
  const auto begin = [&](const UserId& who) {
    v1::CreateSessionRequest start;
    start.set_episode_id(episode_.text());
    const auto made = host_->client("edge", "playback").call<v1::CreateSessionResponse>(call_of(who), start);
    EXPECT_TRUE(made) << made.error().reason;
    return made->session().session_id();
  };
  const auto one = begin(user), two = begin(user);
  begin(other);
  accounts::v1::SignedOutEverywhere event;
  event.set_user_id(user.text());
  set_time(event.mutable_time(), host_->clock().now());
  const auto later = begin(user);
  for (const int version : {2, 3})  // twice: the second one finds nothing
    tell("accounts", call_of(user), event, user.uuid(), version);
  std::vector<v1::Takedown> told;
  for (int i = 0; i < 400 && (told = takedowns()).size() < 2; ++i) std::this_thread::sleep_for(25ms);
  std::set<std::string> ended;
  for (const auto& it : told) ended.insert(it.session_id());
  EXPECT_EQ(told.size(), 2u);
  EXPECT_EQ(ended, (std::set<std::string>{one, two})) << "neither " << later << " nor another's";
}

TEST_F(PlaybackModuleTest, OperatorsWatchWhatTheyReview) {
  CatalogClient catalog(host_->client("playback", "catalog"));
  Call call = call_of(new_user());
  call.caller.guest = false;
  for (const Role role : {Role::kViewer, Role::kCreator}) {
    call.caller.role = role;
    EXPECT_EQ(catalog.resolve(call, in_review_, "").error().reason, "EPISODE_NOT_FOUND");
    EXPECT_FALSE(catalog.resolve(call, episode_, "")->owner);
  }
  call.caller.role = Role::kOperator;
  const auto what = catalog.resolve(call, in_review_, "");
  ASSERT_TRUE(what) << what.error().reason;
  EXPECT_TRUE(what->locked);
  EXPECT_TRUE(check_may_watch(*what));
}

TEST_F(PlaybackModuleTest, ACatalogWithoutBatchesIsAskedForEachEpisode) {
  const auto user = new_user();
  v1::PrepareSessionsRequest in;
  in.add_episode_ids(Uuid::from_name("x").text());
  in.add_episode_ids(episode_.text());
  const auto client = host_->client("edge", "playback");
  const auto made = client.call<v1::PrepareSessionsResponse>(call_of(user), in);
  ASSERT_TRUE(made) << made.error().reason;
  ASSERT_EQ(made->items_size(), 2);
  EXPECT_EQ(made->items(0).code(), "EPISODE_NOT_FOUND");
  EXPECT_EQ(made->items(1).session().series_id(), series_.text());
  catalog_->stop();
  EXPECT_EQ(client.call<v1::PrepareSessionsResponse>(call_of(user), in).error().code, Code::kUnavailable);
}

TEST_F(PlaybackModuleTest, WhatCatalogTakesAwayIsToldToTheEdges) {
  const auto viewer = new_user();
  v1::CreateSessionRequest start;
  start.set_episode_id(episode_.text());
  const auto session =
      host_->client("edge", "playback").call<v1::CreateSessionResponse>(call_of(viewer), start);
  ASSERT_TRUE(session) << session.error().reason;
  catalog::v1::EpisodeChanged event;
  event.set_episode_id(episode_.text());
  event.set_series_id(series_.text());
  event.set_number(1);
  event.set_version(5);  // a change of a draft, such as another title
  catalog_tells(viewer, event);
  catalog::v1::EpisodeDeleted other;
  other.set_episode_id(in_review_.text());
  other.set_series_id(series_.text());
  other.set_version(2);
  catalog_tells(viewer, other);
  event.set_version(6);
  event.set_withdrawn(true);
  catalog_tells(viewer, event);
  std::vector<v1::Takedown> told;
  for (int i = 0; i < 400 && (told = takedowns()).empty(); ++i) std::this_thread::sleep_for(25ms);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].revision_id(), session->session().revision_id());
  EXPECT_EQ(told[0].tenant(), "default");
  EXPECT_FALSE(told[0].own());
  EXPECT_GE(told[0].until().seconds(), session->session().expire_time().seconds());
  const auto again =
      host_->client("edge", "playback").call<v1::CreateSessionResponse>(call_of(viewer), start);
  EXPECT_EQ(again.error().reason, "EPISODE_NOT_FOUND") << "catalog's answer was older than its news";

  // The same on the stream that edges read.
  redis::Reply stream;
  for (int i = 0; i < 400 && stream.list.empty(); ++i) {
    stream = *host_->redis().command({"XRANGE", "cliffhanger:takedowns", "-", "+"});
    if (stream.list.empty()) std::this_thread::sleep_for(25ms);
  }
  ASSERT_EQ(stream.list.size(), 1u);
  v1::TakenDown entry;
  ASSERT_TRUE(entry.ParseFromString(stream.list[0].list[1].list[1].text));
  ASSERT_EQ(entry.items_size(), 1);
  EXPECT_EQ(entry.items(0).SerializeAsString(), told[0].SerializeAsString());
}

// An ending of an experiment: the episode's viewers get the film of a draft.
TEST_F(PlaybackModuleTest, ADraftThatIsTakenDownEndsWhatShowsItsFilm) {
  const auto now = host_->clock().now();
  v1::CreateSessionRequest start;
  start.set_episode_id(episode_.text());
  const auto session =
      host_->client("edge", "playback").call<v1::CreateSessionResponse>(call_of(new_user()), start);
  ASSERT_TRUE(session) << session.error().reason;
  const auto draft = EpisodeId::make(now, host_->random()), deleted = EpisodeId::make(now, host_->random());
  const auto other = RevisionId::make(now, host_->random()), last = RevisionId::make(now, host_->random());
  const auto say = [&](std::int64_t version, const std::string& ready, bool suspended) {
    catalog::v1::EpisodeChanged event;
    event.set_episode_id(draft.text());
    event.set_series_id(series_.text());
    event.set_version(version);
    event.set_ready_revision_id(ready);
    event.set_suspended(suspended);
    tell("catalog", call_of(new_user()), event, draft.uuid(), version);
  };
  const auto& shown = session->session().revision_id();
  say(2, shown, false);
  say(3, other.text(), false);  // another film waits: nobody's ends
  say(4, shown, true);
  say(5, other.text(), true);  // another title, while it is away
  catalog::v1::EpisodeDeleted gone;
  gone.set_episode_id(deleted.text());
  gone.set_series_id(series_.text());
  gone.set_version(2);
  gone.set_ready_revision_id(last.text());
  tell("catalog", call_of(new_user()), gone, deleted.uuid(), 2);
  const auto ended = [&] {
    std::set<std::string> out;
    for (const auto& it : takedowns()) out.insert(it.revision_id());
    return out;
  };
  EXPECT_TRUE(comes_true([&] { return ended() == std::set<std::string>{shown, last.text()}; }));
  EXPECT_FALSE(ended().contains(other.text()));
}

TEST_F(PlaybackModuleTest, WhatTranscodeWithholdsIsToldToTheEdges) {
  const auto now = host_->clock().now();
  // Viewers had it before a newer one, perhaps.
  const auto down = RevisionId::make(now, host_->random()), up = RevisionId::make(now, host_->random());
  transcode::v1::RevisionWithheld event;
  event.set_episode_id(episode_.text());
  event.set_revision_id(up.text());
  event.set_version(5);
  tell("transcode", call_of(new_user()), event, up.uuid(), 5);
  event.set_revision_id(down.text());
  event.set_message("A film in it was taken down.");
  tell("transcode", call_of(new_user()), event, down.uuid(), 5);
  std::vector<v1::Takedown> told;
  ASSERT_TRUE(comes_true([&] { return !(told = takedowns()).empty(); }));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].revision_id(), down.text());
}

TEST_F(PlaybackModuleTest, WithoutCatalogItSaysSo) {
  catalog_->stop();
  v1::CreateSessionRequest start;
  start.set_episode_id(episode_.text());
  const auto user = new_user();
  const auto session =
      host_->client("edge", "playback").call<v1::CreateSessionResponse>(call_of(user), start);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kUnavailable) << session.error().reason;
}

}  // namespace
}  // namespace cliffhanger::playback
