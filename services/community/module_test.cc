#include "services/community/module.h"

#include <gtest/gtest.h>

#include <thread>

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "cliffhanger/catalog/v1/events.pb.h"
#include "cliffhanger/community/v1/community_service.pb.h"
#include "libs/host/test_module.h"
#include "libs/rpc/probe.h"

namespace cliffhanger::community {
namespace {

namespace cat = catalog::v1;
using namespace std::chrono_literals;

template <class Request, class Response>
auto refuse() {
  return [](const Call&, const Request&) -> Result<Response> {
    return fail(not_found("NOT_HERE", "The test has none."));
  };
}

// A catalog that knows one series and one episode, over a real socket.
rpc::Service catalog_with(const Uuid& series, const Uuid& episode) {
  rpc::Service service("cliffhanger.catalog.v1.CatalogService");
  service.on([=](const Call& call, const cat::GetSeriesRequest& in) -> Result<cat::GetSeriesResponse> {
    EXPECT_EQ(call.caller.service, "community");
    EXPECT_FALSE(call.caller.user.empty());
    if (in.series_id() != series.text())
      return fail(not_found("SERIES_NOT_FOUND", "There is no such series."));
    return cat::GetSeriesResponse();
  });
  service.on([=](const Call&, const cat::GetEpisodeRequest& in) -> Result<cat::GetEpisodeResponse> {
    if (in.episode_id() != episode.text())
      return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
    return cat::GetEpisodeResponse();
  });
  service.on(refuse<cat::CreateSeriesRequest, cat::CreateSeriesResponse>())
      .on(refuse<cat::UpdateSeriesRequest, cat::UpdateSeriesResponse>())
      .on(refuse<cat::ListSeriesRequest, cat::ListSeriesResponse>())
      .on(refuse<cat::SearchSeriesRequest, cat::SearchSeriesResponse>())
      .on(refuse<cat::WithdrawSeriesRequest, cat::WithdrawSeriesResponse>())
      .on(refuse<cat::CreateEpisodeRequest, cat::CreateEpisodeResponse>())
      .on(refuse<cat::UpdateEpisodeRequest, cat::UpdateEpisodeResponse>())
      .on(refuse<cat::ListEpisodesRequest, cat::ListEpisodesResponse>())
      .on(refuse<cat::PublishEpisodeRequest, cat::PublishEpisodeResponse>())
      .on(refuse<cat::WithdrawEpisodeRequest, cat::WithdrawEpisodeResponse>())
      .on(refuse<cat::DeleteEpisodeRequest, cat::DeleteEpisodeResponse>())
      .on(refuse<cat::SetReviewPolicyRequest, cat::SetReviewPolicyResponse>())
      .on(refuse<cat::BatchGetEpisodesRequest, cat::BatchGetEpisodesResponse>())
      .on(refuse<cat::ResolvePlaybackRequest, cat::ResolvePlaybackResponse>());
  return service;
}

class CommunityModuleTest : public host::ModuleTest {
 protected:
  CommunityModuleTest() : ModuleTest("community", embedded::community_migrations, {"accounts", "catalog"}) {
    const auto now = host_->clock().now();
    episode_ = Uuid::v7(now, host_->random());
    series_ = Uuid::v7(now, host_->random());
    catalog_ = std::make_unique<rpc::Server>(
        rpc::Server::Options{"catalog", host_->listen_addresses("catalog"), 2, 8},
        rpc::Server::Deps{host_->clock(), host_->random(), served_, &host_->access_tokens(),
                          &host_->service_tokens()});
    catalog_->add(catalog_with(series_, episode_));
    EXPECT_TRUE(catalog_->start());
    config::Settings settings(std::map<std::string, std::string>{});
    module_ = make_community(settings, *host_);
    EXPECT_TRUE(settings.finish());
    EXPECT_TRUE(module_->start());
  }
  ~CommunityModuleTest() override {
    module_->drain(5s);
    catalog_->stop();
  }
  Result<v1::Standing> set(const UserId& who, v1::Subject subject, const Uuid& id, v1::Reaction reaction) {
    v1::SetReactionRequest in;
    in.set_subject(subject);
    in.set_subject_id(id.text());
    in.set_reaction(reaction);
    return host_->client("edge", "community")
        .call<v1::SetReactionResponse>(call_of(who), in)
        .map([](const auto& out) { return out.standing(); });
  }
  rpc::NoServerProbe served_;
  std::unique_ptr<rpc::Server> catalog_;
  std::unique_ptr<host::Module> module_;
  Uuid episode_, series_;
};

TEST_F(CommunityModuleTest, AsksCatalogWhetherTheThingIsThere) {
  EXPECT_TRUE(module_->ready());
  const auto who = new_user();
  EXPECT_EQ(set(who, v1::SUBJECT_SERIES, series_, v1::REACTION_FOLLOW)->counts().follows(), 1);
  EXPECT_EQ(set(who, v1::SUBJECT_EPISODE, episode_, v1::REACTION_LIKE)->counts().likes(), 1);
  EXPECT_EQ(set(who, v1::SUBJECT_SERIES, episode_, v1::REACTION_LIKE).error().reason, "SUBJECT_NOT_FOUND");
  EXPECT_EQ(set(who, v1::SUBJECT_EPISODE, series_, v1::REACTION_LIKE).error().reason, "SUBJECT_NOT_FOUND");
  catalog_->stop();
  EXPECT_EQ(set(who, v1::SUBJECT_SERIES, series_, v1::REACTION_LIKE).error().code, Code::kUnavailable);
}

TEST_F(CommunityModuleTest, HearsOfMergesAndCreators) {
  const auto guest = new_user(), account = new_user(), creator = new_user();
  ASSERT_TRUE(set(guest, v1::SUBJECT_SERIES, series_, v1::REACTION_LIKE));
  accounts::v1::GuestMerged merged;
  merged.set_guest_id(guest.text());
  merged.set_user_id(account.text());
  tell("accounts", call_of(UserId()), merged);
  EXPECT_TRUE(comes_true([&] {
    v1::ListMyReactionsRequest in;
    in.set_reaction(v1::REACTION_LIKE);
    const auto page =
        host_->client("edge", "community").call<v1::ListMyReactionsResponse>(call_of(account), in);
    return page && page->subjects_size() == 1;
  }));

  EXPECT_EQ(set(account, v1::SUBJECT_CREATOR, creator.uuid(), v1::REACTION_FOLLOW).error().reason,
            "SUBJECT_NOT_FOUND");
  cat::SeriesChanged published;
  published.set_series_id(series_.text());
  published.set_owner_id(creator.text());
  published.set_published(true);
  tell("catalog", call_of(UserId()), published);
  EXPECT_TRUE(comes_true(
      [&] { return set(account, v1::SUBJECT_CREATOR, creator.uuid(), v1::REACTION_FOLLOW).has_value(); }));
}

}  // namespace
}  // namespace cliffhanger::community
