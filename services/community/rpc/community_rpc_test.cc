#include "services/community/rpc/community_rpc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cliffhanger/common/v1/event.pb.h"
#include "cliffhanger/community/v1/community_service.pb.h"
#include "cliffhanger/community/v1/events.pb.h"
#include "libs/bus/test_outbox.h"
#include "libs/rpc/test_service.h"
#include "services/community/migrations.h"
#include "services/community/store/pg_board.h"

namespace cliffhanger::community {
namespace {

using namespace std::chrono_literals;

// Knows what tests put into it.
class FakeCatalog final : public Catalog {
 public:
  Result<void> check_visible(const Call& call, const Subject& subject) override {
    if (things.contains({call.caller.tenant, subject.id})) return {};
    return fail(not_found("SUBJECT_NOT_FOUND", "There is no such thing to react to."));
  }
  std::set<std::pair<Tenant, Uuid>> things;
};

class CommunityTest : public rpc::ServiceTest {
 protected:
  CommunityTest() : ServiceTest("community", embedded::community_migrations) {
    rpc_ = std::make_unique<CommunityRpc>(
        CommunityRpc::Deps{*pool_,
                           [this](sql::Tx& tx, const Call& call) {
                             return Unit{std::make_unique<PgBoard>(tx, call.caller.tenant),
                                         std::make_unique<OutboxNews>(tx, outbox_, call)};
                           },
                           catalog_, clock_});
    serve(rpc_->service());
  }
  ~CommunityTest() override { stop(); }

  // A series or episode that the tenant's viewers see.
  std::string thing(const char* tenant = "default") {
    const auto id = Uuid::v7(clock_.now(), random_);
    catalog_.things.insert({*Tenant::parse(tenant), id});
    return id.text();
  }

  template <class Request>
  static Request request(v1::Subject subject, const std::string& id, v1::Reaction reaction) {
    Request in;
    in.set_subject(subject);
    in.set_subject_id(id);
    in.set_reaction(reaction);
    return in;
  }
  Result<v1::Standing> set(const Person& who, v1::Subject subject, const std::string& id,
                           v1::Reaction reaction, const std::string& key = "") {
    return call<v1::SetReactionResponse>(who, request<v1::SetReactionRequest>(subject, id, reaction), key)
        .map([](const auto& out) { return out.standing(); });
  }
  Result<v1::Standing> clear(const Person& who, v1::Subject subject, const std::string& id,
                             v1::Reaction reaction) {
    return call<v1::ClearReactionResponse>(who, request<v1::ClearReactionRequest>(subject, id, reaction))
        .map([](const auto& out) { return out.standing(); });
  }
  Result<v1::Standing> like(const Person& who, const std::string& series) {
    return set(who, v1::SUBJECT_SERIES, series, v1::REACTION_LIKE);
  }
  std::int64_t likes(const Person& who, const std::string& series) {
    return standing(who, v1::SUBJECT_SERIES, series).counts().likes();
  }
  v1::Standing standing(const Person& who, v1::Subject subject, const std::string& id) {
    v1::BatchGetStandingsRequest in;
    auto* one = in.add_subjects();
    one->set_subject(subject);
    one->set_subject_id(id);
    const auto got = call<v1::BatchGetStandingsResponse>(who, in);
    EXPECT_TRUE(got);
    return got->standings(0);
  }
  Result<v1::ListMyReactionsResponse> list(const Person& who, v1::Reaction reaction, int size = 0,
                                           const std::string& token = "") {
    v1::ListMyReactionsRequest in;
    in.set_reaction(reaction);
    in.set_page_size(size);
    in.set_page_token(token);
    return call<v1::ListMyReactionsResponse>(who, in);
  }
  static std::string reason(const auto& result) { return result ? "" : result.error().reason; }

  std::vector<std::pair<common::v1::Event, v1::ReactionChanged>> events() {
    std::vector<std::pair<common::v1::Event, v1::ReactionChanged>> out;
    for (const auto& event : bus::outbox_events(*pool_)) {
      v1::ReactionChanged payload;
      EXPECT_TRUE(event.payload().UnpackTo(&payload));
      out.emplace_back(event, payload);
    }
    return out;
  }
  void merge(const Person& guest, const Person& user) {
    const auto done =
        pool_->transact([&](sql::Tx& tx) { return PgBoard(tx, guest.tenant).merge(guest.id, user.id); });
    ASSERT_TRUE(done) << done.error().breadcrumbs.front();
  }
  // Things whose counters are not the number of their reactions.
  std::int64_t wrong_counters() {
    const auto rows = pool_->transact([](sql::Tx& tx) {
      return tx.run_text(
          "SELECT count(*) FROM counter c WHERE (likes, favourites, follows) <> (SELECT count(*) FILTER "
          "(WHERE reaction = 'like'), "
          "count(*) FILTER (WHERE reaction = 'favourite'), count(*) FILTER (WHERE reaction = 'follow') FROM "
          "reaction r "
          "WHERE r.tenant = c.tenant AND r.kind = c.kind AND r.subject_id = c.subject_id)");
    });
    return (*rows)[0].number(0);
  }

  bus::Outbox outbox_{clock_, random_};
  FakeCatalog catalog_;
  std::unique_ptr<CommunityRpc> rpc_;
};

TEST_F(CommunityTest, SettingAndClearingCountOnce) {
  const auto ada = person(), bob = person();
  const auto series = thing();
  const auto first = like(ada, series);
  ASSERT_TRUE(first) << first.error().reason;
  EXPECT_EQ(first->counts().likes(), 1);
  EXPECT_TRUE(first->liked());
  EXPECT_EQ(like(ada, series)->counts().likes(), 1) << "again";
  EXPECT_EQ(like(bob, series)->counts().likes(), 2);
  EXPECT_EQ(set(ada, v1::SUBJECT_SERIES, series, v1::REACTION_FAVOURITE)->counts().favourites(), 1);
  const auto cleared = clear(ada, v1::SUBJECT_SERIES, series, v1::REACTION_LIKE);
  EXPECT_EQ(cleared->counts().likes(), 1);
  EXPECT_FALSE(cleared->liked());
  EXPECT_TRUE(cleared->favourite());
  EXPECT_EQ(clear(ada, v1::SUBJECT_SERIES, series, v1::REACTION_LIKE)->counts().likes(), 1) << "again";
  EXPECT_EQ(clear(ada, v1::SUBJECT_SERIES, thing(), v1::REACTION_LIKE)->counts().likes(), 0) << "never set";
  EXPECT_EQ(wrong_counters(), 0);
  const auto told = events();
  ASSERT_EQ(told.size(), 4u) << "what changes nothing tells nothing";
  for (std::size_t i = 0; i < told.size(); ++i)
    EXPECT_EQ(told[i].first.aggregate_version(), static_cast<std::int64_t>(i) + 1);
  for (const auto& [event, change] : told) EXPECT_EQ(change.version(), event.aggregate_version());
  EXPECT_EQ(told[0].first.aggregate_id(), series);
  EXPECT_TRUE(told[0].second.set());
  EXPECT_EQ(told[0].second.reaction(), v1::REACTION_LIKE);
  EXPECT_FALSE(told[3].second.set());
}

TEST_F(CommunityTest, WhatCannotBeIsRefused) {
  const auto ada = person();
  const auto known = thing();
  EXPECT_EQ(reason(set(ada, v1::SUBJECT_EPISODE, known, v1::REACTION_FOLLOW)), "REACTION_NOT_POSSIBLE");
  EXPECT_EQ(reason(set(ada, v1::SUBJECT_CREATOR, known, v1::REACTION_LIKE)), "REACTION_NOT_POSSIBLE");
  EXPECT_EQ(reason(like(ada, Uuid::from_name("x").text())), "SUBJECT_NOT_FOUND");
  EXPECT_EQ(reason(like(ada, "x")), "INVALID_REQUEST");
  EXPECT_EQ(reason(set(ada, v1::SUBJECT_UNSPECIFIED, known, v1::REACTION_LIKE)), "INVALID_REQUEST");
  EXPECT_EQ(reason(set(ada, static_cast<v1::Subject>(9), known, v1::REACTION_LIKE)), "INVALID_REQUEST");
  EXPECT_EQ(reason(set(ada, v1::SUBJECT_SERIES, known, static_cast<v1::Reaction>(9))), "INVALID_REQUEST");
  EXPECT_TRUE(set(ada, v1::SUBJECT_EPISODE, known, v1::REACTION_LIKE));
  EXPECT_EQ(events().size(), 1u);
}

TEST_F(CommunityTest, WhoHasPublishedCanBeFollowed) {
  const auto ada = person(), creator = person();
  EXPECT_EQ(reason(set(ada, v1::SUBJECT_CREATOR, creator.id.text(), v1::REACTION_FOLLOW)),
            "SUBJECT_NOT_FOUND");
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(
        pool_->transact([&](sql::Tx& tx) { return PgBoard(tx, creator.tenant).hear_creator(creator.id); }));
  }
  EXPECT_EQ(set(ada, v1::SUBJECT_CREATOR, creator.id.text(), v1::REACTION_FOLLOW)->counts().follows(), 1);
  EXPECT_EQ(reason(set(person("acme"), v1::SUBJECT_CREATOR, creator.id.text(), v1::REACTION_FOLLOW)),
            "SUBJECT_NOT_FOUND");
}

TEST_F(CommunityTest, CountersAreRightWhenManyPressAtOnce) {
  const auto series = thing();
  std::vector<Person> people;
  for (int i = 0; i < 8; ++i) people.push_back(person());
  std::vector<std::future<void>> pressing;
  for (int i = 0; i < 16; ++i) {  // two devices each
    pressing.push_back(std::async(std::launch::async, [&, i] {
      const auto& who = people[static_cast<std::size_t>(i) / 2];
      for (int round = 0; round < 6; ++round) {
        EXPECT_TRUE(like(who, series));
        EXPECT_TRUE(clear(who, v1::SUBJECT_SERIES, series, v1::REACTION_LIKE));
        EXPECT_TRUE(like(who, series));
      }
    }));
  }
  for (auto& p : pressing) p.get();
  EXPECT_EQ(likes(people[0], series), 8);
  EXPECT_EQ(wrong_counters(), 0);
  std::int64_t told = 0, version = 0;
  for (const auto& [event, change] : events()) {
    told += change.set() ? 1 : -1;
    version = std::max(version, event.aggregate_version());
  }
  EXPECT_EQ(told, 8) << "the events add up to the counter";
  EXPECT_EQ(version, static_cast<std::int64_t>(events().size())) << "each change has a version of its own";
}

TEST_F(CommunityTest, ARequestThatIsCutOffLeavesBothOrNeither) {
  const auto ada = person();
  const auto series = thing();
  const Subject subject{Kind::kSeries, *Uuid::parse(series)};
  EXPECT_FALSE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(PgBoard(tx, ada.tenant).set(ada.id, subject, Reaction::kLike, clock_.now()));
    return fail(internal("KILLED", "Killed here."));
  }));
  EXPECT_EQ(likes(ada, series), 0);
  EXPECT_FALSE(standing(ada, v1::SUBJECT_SERIES, series).liked());
  EXPECT_EQ(like(ada, series)->counts().likes(), 1);
}

TEST_F(CommunityTest, TheSameKeyIsAnsweredFromTheRecord) {
  const auto ada = person(), bob = person();
  const auto series = thing();
  const auto first = set(ada, v1::SUBJECT_SERIES, series, v1::REACTION_LIKE, "key-1");
  ASSERT_TRUE(like(bob, series));
  const auto again = set(ada, v1::SUBJECT_SERIES, series, v1::REACTION_LIKE, "key-1");
  ASSERT_TRUE(again) << again.error().reason;
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(reason(set(ada, v1::SUBJECT_SERIES, series, v1::REACTION_FOLLOW, "key-1")),
            "IDEMPOTENCY_KEY_REUSED");
}

TEST_F(CommunityTest, StandingsComeInTheOrderAsked) {
  const auto ada = person(), bob = person();
  const auto a = thing(), b = thing(), c = thing();
  like(ada, a);
  like(bob, a);
  set(bob, v1::SUBJECT_EPISODE, b, v1::REACTION_LIKE);
  v1::BatchGetStandingsRequest in;
  const auto ask = [&](v1::Subject subject, const std::string& id) {
    auto* one = in.add_subjects();
    one->set_subject(subject);
    one->set_subject_id(id);
  };
  ask(v1::SUBJECT_SERIES, c);
  ask(v1::SUBJECT_EPISODE, b);
  ask(v1::SUBJECT_SERIES, a);
  ask(v1::SUBJECT_EPISODE, a);
  ask(v1::SUBJECT_SERIES, a);
  const auto got = call<v1::BatchGetStandingsResponse>(ada, in);
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(got->standings_size(), 5);
  const std::int64_t wanted[] = {0, 1, 2, 0, 2};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(got->standings(i).counts().likes(), wanted[i]) << i;
    EXPECT_EQ(got->standings(i).subject_id(), in.subjects(i).subject_id());
    EXPECT_EQ(got->standings(i).subject(), in.subjects(i).subject());
    EXPECT_EQ(got->standings(i).liked(), wanted[i] == 2) << i;
  }
  while (in.subjects_size() < 101) ask(v1::SUBJECT_SERIES, a);
  EXPECT_EQ(reason(call<v1::BatchGetStandingsResponse>(ada, in)), "INVALID_REQUEST");
  EXPECT_EQ(reason(call<v1::BatchGetStandingsResponse>(ada, v1::BatchGetStandingsRequest())),
            "INVALID_REQUEST");
}

TEST_F(CommunityTest, ListsArePagedNewestFirst) {
  const auto ada = person();
  std::vector<std::string> wanted;
  for (int i = 0; i < 5; ++i) {
    wanted.insert(wanted.begin(), thing());
    set(ada, v1::SUBJECT_SERIES, wanted.front(), v1::REACTION_FAVOURITE);
    if (i != 2) clock_.advance(1s);  // two at the same moment
  }
  like(ada, wanted[0]);
  std::vector<std::string> got;
  std::string token;
  do {
    const auto page = list(ada, v1::REACTION_FAVOURITE, 2, token);
    ASSERT_TRUE(page) << page.error().reason;
    for (const auto& one : page->subjects()) got.push_back(one.subject_id());
    token = page->next_page_token();
    if (!token.empty()) {
      EXPECT_EQ(reason(list(ada, v1::REACTION_LIKE, 2, token)), "BAD_PAGE_TOKEN") << "another list's";
      EXPECT_EQ(reason(list(person(), v1::REACTION_FAVOURITE, 2, token)), "BAD_PAGE_TOKEN") << "another's";
    }
  } while (!token.empty());
  std::sort(wanted.begin() + 1, wanted.begin() + 3, std::greater<>());  // at the same moment: by id
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(list(ada, v1::REACTION_LIKE)->subjects_size(), 1);
}

TEST_F(CommunityTest, AMergedGuestCountsOnce) {
  const auto guest = person(), user = person(), other = person();
  const auto both = thing(), only_guest = thing(), only_user = thing();
  for (const auto& who : {guest, user, other}) like(who, both);
  set(guest, v1::SUBJECT_SERIES, both, v1::REACTION_FOLLOW);
  like(guest, only_guest);
  like(user, only_user);
  for (int again = 0; again < 2; ++again) {
    merge(guest, user);
    EXPECT_EQ(likes(user, both), 2);
    EXPECT_EQ(standing(user, v1::SUBJECT_SERIES, both).counts().follows(), 1);
    EXPECT_TRUE(standing(user, v1::SUBJECT_SERIES, both).followed());
    EXPECT_EQ(likes(user, only_guest), 1);
    EXPECT_EQ(likes(user, only_user), 1);
    EXPECT_EQ(list(user, v1::REACTION_LIKE)->subjects_size(), 3);
    EXPECT_EQ(list(guest, v1::REACTION_LIKE)->subjects_size(), 0);
    EXPECT_EQ(wrong_counters(), 0);
  }
}

TEST_F(CommunityTest, WhatAMergedGuestStillSendsIsTheAccounts) {
  const auto guest = person(), user = person();
  const auto liked = thing(), both = thing();
  like(user, both);
  merge(guest, user);
  EXPECT_TRUE(like(guest, liked)->liked());
  EXPECT_EQ(like(guest, both)->counts().likes(), 1) << "the same person twice";
  EXPECT_TRUE(standing(user, v1::SUBJECT_SERIES, liked).liked());
  EXPECT_EQ(list(user, v1::REACTION_LIKE)->subjects_size(), 2);
  EXPECT_EQ(list(guest, v1::REACTION_LIKE)->subjects_size(), 0)
      << "the old token shows nothing of the account";
  EXPECT_EQ(events().back().second.user_id(), user.id.text());
  EXPECT_FALSE(clear(guest, v1::SUBJECT_SERIES, liked, v1::REACTION_LIKE)->liked());
  EXPECT_EQ(likes(user, liked), 0);
  EXPECT_EQ(wrong_counters(), 0);
  Person elsewhere = guest;
  elsewhere.tenant = *Tenant::parse("acme");
  ASSERT_TRUE(like(elsewhere, thing("acme")));
  EXPECT_EQ(events().back().second.user_id(), guest.id.text());
}

TEST_F(CommunityTest, AMergeWaitsForTheGuestsRequest) {
  const auto guest = person(), user = person();
  const auto series = thing();
  std::future<void> merging;
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
    PgBoard board(tx, guest.tenant);
    CH_ASSIGN(const auto who, board.person(guest.id));
    EXPECT_EQ(who, guest.id);
    merging = std::async(std::launch::async, [&] { merge(guest, user); });
    EXPECT_EQ(merging.wait_for(200ms), std::future_status::timeout);
    CH_TRY(board.set(who, {Kind::kSeries, *Uuid::parse(series)}, Reaction::kLike, clock_.now()));
    return {};
  }));
  merging.get();
  EXPECT_TRUE(standing(user, v1::SUBJECT_SERIES, series).liked());
}

TEST_F(CommunityTest, NothingCrossesTenants) {
  const auto here = person();
  Person there = here;
  there.tenant = *Tenant::parse("acme");
  const auto series = thing();
  ASSERT_TRUE(like(here, series));
  EXPECT_EQ(reason(like(there, series)), "SUBJECT_NOT_FOUND");
  EXPECT_EQ(likes(there, series), 0);
  EXPECT_EQ(list(there, v1::REACTION_LIKE)->subjects_size(), 0);
  EXPECT_TRUE(clear(there, v1::SUBJECT_SERIES, series, v1::REACTION_LIKE));
  merge(there, person("acme"));
  EXPECT_EQ(likes(here, series), 1);
  EXPECT_TRUE(standing(here, v1::SUBJECT_SERIES, series).liked());
}

}  // namespace
}  // namespace cliffhanger::community
