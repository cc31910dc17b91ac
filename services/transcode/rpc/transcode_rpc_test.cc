#include "services/transcode/rpc/transcode_rpc.h"

#include "libs/core/page.h"
#include "services/transcode/rpc/source_event.h"
#include "services/transcode/store/test_store.h"

namespace cliffhanger::transcode {
namespace {

using TranscodeRpcTest = StoreTest;

TEST_F(TranscodeRpcTest, OnlyTheOwnerOperatorsAndServicesSeeIt) {
  const RevisionId id = accept(episode_);
  pb::GetRevisionRequest request;
  request.set_revision_id(id.text());
  const auto ask = [&](const Call& call) {
    const auto got =
        with(call, [&](PgRevisions& revisions) { return get_revision(revisions, call, request); });
    return got ? std::string("seen") : got.error().reason;
  };
  const UserId stranger = UserId::make(clock_.now(), random_);
  EXPECT_EQ(ask(as(Role::kCreator, owner_)), "seen");
  EXPECT_EQ(ask(as(Role::kCreator, stranger)), "REVISION_NOT_FOUND");
  EXPECT_EQ(ask(as(Role::kOperator, stranger)), "seen");
  EXPECT_EQ(ask(as(Role::kService, UserId())), "seen");
  EXPECT_EQ(ask(as(Role::kService, stranger)), "REVISION_NOT_FOUND");
  EXPECT_EQ(ask(as(Role::kOperator, owner_, "other")), "REVISION_NOT_FOUND");

  pb::ListRevisionsRequest list;
  list.set_episode_id(episode_.text());
  const auto count = [&](const Call& call) {
    return with(call, [&](PgRevisions& revisions) { return list_revisions(revisions, call, list); })
        ->revisions_size();
  };
  EXPECT_EQ(count(as(Role::kCreator, owner_)), 1);
  EXPECT_EQ(count(as(Role::kCreator, stranger)), 0);
  EXPECT_EQ(count(as(Role::kCreator, owner_, "other")), 0);

  // A guest who signs up keeps what was theirs.
  ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) { return revisions.move_owner(owner_, stranger); }));
  EXPECT_EQ(ask(as(Role::kCreator, stranger)), "seen");
}

TEST_F(TranscodeRpcTest, SourcesCountInTheOrderOfTheirVerification) {
  ingest::v1::SourceVerified event;
  event.set_episode_id(episode_.text());
  event.set_owner_id(owner_.text());
  event.set_sha256("aa");
  event.set_probe_json(media::to_json(media::Event(fixture::probe(360, 640, {30, 1}, 300))));
  const auto hear = [&](std::int64_t seconds, std::int32_t nanos) {
    event.set_source_id(SourceId::make(clock_.now(), random_).text());
    event.mutable_verify_time()->set_seconds(seconds);
    event.mutable_verify_time()->set_nanos(nanos);
    return with(call_, [&](PgRevisions& revisions) {
      Planning planning({revisions, clock_, random_});
      return accept_source(planning, call_, event);
    });
  };
  ASSERT_TRUE(hear(1'800'000'000, 500'000'000));
  ASSERT_TRUE(hear(1'800'000'000, 499'000'000));
  EXPECT_EQ(number("SELECT count(*) FROM revision WHERE state = 'cancelled'"), 1);
  ASSERT_TRUE(hear(1'800'000'000, 501'000'000));
  EXPECT_EQ(number("SELECT count(*) FROM revision WHERE state = 'cancelled'"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM revision WHERE state = 'processing'"), 1);
}

TEST_F(TranscodeRpcTest, PagesGoThroughAllNewestFirst) {
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) made.insert(made.begin(), accept(episode_, std::to_string(i)).text());
  pb::ListRevisionsRequest request;
  request.set_episode_id(episode_.text());
  request.set_page_size(2);
  std::vector<std::string> seen;
  int pages = 0;
  do {
    const auto page =
        with(call_, [&](PgRevisions& revisions) { return list_revisions(revisions, call_, request); });
    ASSERT_TRUE(page) << page.error().reason;
    for (const auto& revision : page->revisions()) seen.push_back(revision.revision_id());
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, made);
  EXPECT_EQ(pages, 3);

  request.set_episode_id(EpisodeId::make(clock_.now(), random_).text());
  request.set_page_token(page_token("revisions/default/" + episode_.text(), made[0]));
  const auto wrong =
      with(call_, [&](PgRevisions& revisions) { return list_revisions(revisions, call_, request); });
  EXPECT_EQ(wrong.error().reason, "BAD_PAGE_TOKEN");
}

}  // namespace
}  // namespace cliffhanger::transcode
