#include "services/edge/events/events.h"

#include <gtest/gtest.h>

#include "cliffhanger/common/v1/event.pb.h"
#include "cliffhanger/transcode/v1/dubs_service.pb.h"
#include "cliffhanger/transcode/v1/events.pb.h"
#include "cliffhanger/transcode/v1/transcode_service.pb.h"
#include "libs/http/server.h"
#include "libs/http/test_peer.h"
#include "libs/rpc/probe.h"
#include "libs/rpc/server.h"
#include "libs/testing/servers.h"
#include "services/edge/door.h"
#include "services/edge/http_probe.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

using namespace std::chrono_literals;
namespace v1 = transcode::v1;

const std::string kEpisode = "0193b6c0-0000-7000-8000-000000000001";
const std::string kRevision = "0193b6c0-0000-7000-8000-000000000002";
const std::string kLater = "0193b6c0-0000-7000-8000-000000000003";

// The events on a real port, with a real Redis, before a transcode that says what the test wants.
class EventsTest : public ::testing::Test {
 protected:
  EventsTest()
      : signer_(*rpc::AccessTokenSigner::make(access_key_)),
        verifier_(*rpc::AccessTokenVerifier::make({signer_.public_key()})),
        tokens_(*rpc::ServiceTokens::make("a secret of thirty-two bytes or more")),
        socket_("unix:" + dir_.path() + "/transcode.sock"),
        transcode_({"transcode", {socket_}}, {clock_, random_, server_probe_, &verifier_, &tokens_}) {
    revision_.set_revision_id(kRevision);
    revision_.set_episode_id(kEpisode);
    revision_.set_segments_total(10);
    say(v1::REVISION_STATE_PROCESSING, 1);
    rpc::Service service("cliffhanger.transcode.v1.TranscodeService");
    service.on([this](const Call& call, const v1::GetRevisionRequest& in) -> Result<v1::GetRevisionResponse> {
      const std::lock_guard lock(mutex_);
      ++asked_;
      if (away_) return fail(unavailable("DATABASE_UNAVAILABLE", "Away."));
      if (in.revision_id() != kRevision || call.caller.user != owner_)
        return fail(not_found("REVISION_NOT_FOUND", "No."));
      v1::GetRevisionResponse out;
      *out.mutable_revision() = revision_;
      return out;
    });
    service.on([this](const Call&, const v1::ListRevisionsRequest&) -> Result<v1::ListRevisionsResponse> {
      const std::lock_guard lock(mutex_);
      ++asked_;
      v1::ListRevisionsResponse out;
      if (planned_) *out.add_revisions() = revision_;
      return out;
    });
    service.on([](const Call&, const v1::CancelRevisionRequest&) -> Result<v1::CancelRevisionResponse> {
      return v1::CancelRevisionResponse();
    });
    service.on([](const Call&, const v1::GetQueueRequest&) -> Result<v1::GetQueueResponse> {
      return v1::GetQueueResponse();
    });
    service.on([](const Call&, const v1::ListDeadLettersRequest&) -> Result<v1::ListDeadLettersResponse> {
      return v1::ListDeadLettersResponse();
    });
    service.on([](const Call&, const v1::ReplayDeadLetterRequest&) -> Result<v1::ReplayDeadLetterResponse> {
      return v1::ReplayDeadLetterResponse();
    });
    transcode_.add(std::move(service));
    transcode_.add(dubs());
    EXPECT_TRUE(transcode_.start());
  }
  ~EventsTest() override {
    server_.reset();
    hub_.stop();
    transcode_.stop();
  }
  rpc::Service dubs() {
    rpc::Service service("cliffhanger.transcode.v1.DubsService");
    service.on([this](const Call&, const v1::GetDubRequest& in) -> Result<v1::GetDubResponse> {
      const std::lock_guard lock(mutex_);
      if (in.episode_id() != kEpisode) return fail(not_found("EPISODE_NOT_FOUND", "No."));
      if (dub_.source_id().empty()) return fail(not_found("DUB_NOT_FOUND", "No."));
      v1::GetDubResponse out;
      *out.mutable_dub() = dub_;
      return out;
    });
    service.on([](const Call&, const v1::ListDubsRequest&) -> Result<v1::ListDubsResponse> {
      return v1::ListDubsResponse();
    });
    service.on([](const Call&, const v1::DeleteDubRequest&) -> Result<v1::DeleteDubResponse> {
      return v1::DeleteDubResponse();
    });
    return service;
  }
  void say_dub(const std::string& source, v1::DubState state, int percent) {
    const std::lock_guard lock(mutex_);
    dub_.set_source_id(source);
    dub_.set_state(state);
    dub_.set_percent(percent);
  }
  void start(Events::Timing timing) {
    EXPECT_TRUE(redis_.command({"FLUSHALL"}));
    auto channel = std::make_shared<rpc::Channel>(socket_);
    ASSERT_TRUE(channel->wait_connected(10s));
    rpc::Client client({channel, "edge", &tokens_, &clock_, &random_, &client_probe_});
    events_ = std::make_unique<Events>(Events::Deps{client, hub_, gate_, slots_, admission_}, timing);
    events_->add_routes(router_);
    const Door::Config config{{}, *Tenant::parse("default"), {*Tenant::parse("default")}, 0};
    door_ = std::make_unique<Door>(config, Door::Deps{clock_, random_, verifier_, router_});
    server_ = std::make_unique<http::Server>(
        http::Server::Options{"127.0.0.1", 2, {}}, [this](http::Request& r) { return door_->handle(r); },
        probe_);
    hub_.start();
    port_ = *server_->start(0);
  }
  void say(v1::RevisionState state, int segments) {
    const std::lock_guard lock(mutex_);
    revision_.set_state(state);
    revision_.set_segments_done(segments);
  }
  // As transcode's relay does.
  void publish() {
    v1::RevisionProgressed progressed;
    progressed.set_revision_id(kRevision);
    progressed.set_episode_id(kEpisode);
    publish(progressed);
  }
  void publish(const google::protobuf::Message& payload) {
    common::v1::Event event;
    event.set_id("e");
    event.mutable_payload()->PackFrom(payload);
    ASSERT_TRUE(redis_.command(
        {"XADD", "cliffhanger:events:transcode", "*", "id", "e", "event", event.SerializeAsString()}));
  }
  std::string ask(const std::string& path, const std::string& more = "", bool stranger = false) {
    const auto user = stranger ? UserId::make(clock_.now(), random_) : owner_;
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
           signer_.sign({*Tenant::parse("default"), user, Role::kCreator, false, ""}, clock_.now(), 15min) +
           "\r\n" + more + "\r\n";
  }
  const std::string path_ = "/v1/revisions/" + kRevision + "/events";

  harness::TempDir dir_;
  SystemClock clock_;
  SystemRandom random_;
  obs::Metrics metrics_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "edge"};
  UserId owner_ = UserId::make(clock_.now(), random_);
  const std::string access_key_ = rpc::generate_access_key();
  rpc::AccessTokenSigner signer_;
  rpc::AccessTokenVerifier verifier_;
  rpc::ServiceTokens tokens_;
  rpc::NoServerProbe server_probe_;
  rpc::NoClientProbe client_probe_;
  std::string socket_;
  std::mutex mutex_;
  v1::Revision revision_;
  v1::Dub dub_;  // without a source: there is none
  bool away_ = false, planned_ = true;
  int asked_ = 0;
  rpc::Server transcode_;
  redis::Client redis_{{harness::Redis::shared().url()}};
  rpc::Pool pool_{{"edge", 2, 64}};
  RateLimiter limiter_{nullptr, clock_, log_};
  Gate gate_{limiter_, pool_, {1000, 1000}};
  NewsHub hub_{&redis_, log_};
  Slots slots_ = stream_slots(metrics_);
  Admission admission_{10};  // uploads, and so streams, have 6
  std::unique_ptr<Events> events_;
  http::Router router_;
  std::unique_ptr<Door> door_;
  HttpProbe probe_{metrics_, log_};
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
};

TEST_F(EventsTest, TellsEachStepUntilItIsReady) {
  start({1h, 1h, 1h});  // news alone wakes it
  http::Peer peer(port_);
  peer.send(ask(path_));
  const std::string first = peer.receive("\"segmentsDone\":1");
  EXPECT_NE(first.find("HTTP/1.1 200"), std::string::npos) << first;
  EXPECT_NE(first.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(first.find("retry: 2000\n\nid: " + kRevision), std::string::npos);
  EXPECT_NE(first.find("\nevent: progress\ndata: {\"revisionId\":\"" + kRevision), std::string::npos);
  say(v1::REVISION_STATE_PROVISIONAL, 5);
  // The hub may still be looking for the end of the stream: what is published before that is not heard.
  std::string second;
  std::thread publisher([&] {
    for (int i = 0; i < 100 && second.empty(); ++i) publish(), std::this_thread::sleep_for(50ms);
  });
  const std::string got = peer.receive("\"segmentsDone\":5");
  second = got;
  publisher.join();
  EXPECT_NE(second.find("REVISION_STATE_PROVISIONAL"), std::string::npos);
  say(v1::REVISION_STATE_READY, 10);
  publish();
  const std::string last = peer.receive("0\r\n\r\n");
  EXPECT_NE(last.find("REVISION_STATE_READY"), std::string::npos) << last;
  peer.send(ask(path_, "Connection: close\r\n"));
  EXPECT_NE(peer.receive().find("REVISION_STATE_READY"), std::string::npos);
}

TEST_F(EventsTest, WithoutNewsItAsksNowAndThen) {
  start({50ms, 1h, 1h});
  http::Peer peer(port_);
  peer.send(ask(path_));
  peer.receive("\"segmentsDone\":1");
  {
    const std::lock_guard lock(mutex_);
    away_ = true;
  }
  std::this_thread::sleep_for(200ms);
  {
    const std::lock_guard lock(mutex_);
    away_ = false;
  }
  say(v1::REVISION_STATE_FAILED, 2);
  EXPECT_NE(peer.receive("0\r\n\r\n").find("REVISION_STATE_FAILED"), std::string::npos);
}

TEST_F(EventsTest, AReaderWhoComesAgainIsToldOnlyWhatIsNew) {
  start({1h, 200ms, 1h});
  const std::string id = kRevision + ".1.0.1";
  http::Peer peer(port_);
  peer.send(ask(path_, "Last-Event-ID: " + id + "\r\n"));
  const std::string heard = peer.receive(":\n\n");
  EXPECT_EQ(heard.find("data:"), std::string::npos) << heard;  // the greeting and a heartbeat
  say(v1::REVISION_STATE_READY, 10);
  http::Peer late(port_);
  late.send(ask(path_, "Connection: close\r\nLast-Event-ID: " + id + "\r\n"));
  const std::string last = late.receive();
  ASSERT_NE(last.find("REVISION_STATE_READY"), std::string::npos) << last;
  http::Peer again(port_);
  again.send(ask(path_, "Connection: close\r\nLast-Event-ID: " + kRevision + ".3.0.10\r\n"));
  EXPECT_EQ(http::status_line(again.receive()), "HTTP/1.1 204 No Content");
}

TEST_F(EventsTest, OthersAreRefusedAsEverywhere) {
  start({1h, 1h, 1h});
  const auto status = [&](const std::string& request) {
    http::Peer peer(port_);
    peer.send(request);
    return http::status_line(peer.receive("\"code\""));
  };
  EXPECT_EQ(status(ask(path_, "", true)), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(status("GET " + path_ + " HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 401 Unauthorized");
  EXPECT_EQ(status(ask("/v1/revisions/x/events")), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status(ask("/v1/episodes/" + kEpisode + "/events?after=x")), "HTTP/1.1 400 Bad Request");
}

TEST_F(EventsTest, OnePersonHasFewStreamsAndGetsThemBack) {
  start({1h, 1h, 1h});
  std::vector<std::unique_ptr<http::Peer>> peers;
  for (int i = 0; i < 4; ++i) {
    peers.push_back(std::make_unique<http::Peer>(port_));
    peers.back()->send(ask(path_));
    peers.back()->receive("segmentsDone");
  }
  const auto try_one = [&] {
    http::Peer peer(port_);
    peer.send(ask(path_));
    const std::string heard = peer.receive("trace");
    return heard.find("TOO_MANY_STREAMS") == std::string::npos;
  };
  EXPECT_FALSE(try_one());
  peers.clear();
  bool back = false;
  for (int i = 0; i < 200 && !back; ++i) back = try_one() || (std::this_thread::sleep_for(20ms), false);
  EXPECT_TRUE(back);
}

TEST_F(EventsTest, AProcessHasSoManyStreams) {
  start({1h, 1h, 1h});
  std::vector<std::shared_ptr<void>> others;
  for (std::size_t i = 0; i < kMaxStreams; ++i) others.push_back(*slots_.take(std::to_string(i)));
  const auto try_one = [&] {
    http::Peer peer(port_);
    peer.send(ask(path_));
    return peer.receive(others.empty() ? "segmentsDone" : "\"code\"");
  };
  const auto refused = try_one();
  EXPECT_EQ(http::status_line(refused), "HTTP/1.1 503 Service Unavailable");
  EXPECT_NE(refused.find("STREAMS_BUSY"), std::string::npos);
  EXPECT_NE(refused.find("Retry-After: "), std::string::npos);
  others.clear();
  EXPECT_EQ(http::status_line(try_one()), "HTTP/1.1 200 OK");
}

TEST_F(EventsTest, StreamsGiveWayWhereThereIsTooMuchToDoAndGoOnAfterwards) {
  start({50ms, 1h, 1h});
  http::Peer open(port_);
  open.send(ask(path_));
  open.receive("\"segmentsDone\":1");
  std::vector<Admission::Slot> busy;
  for (int i = 0; i < 6; ++i) busy.push_back(admission_.hold());
  http::Peer late(port_);
  late.send(ask(path_));
  const auto refused = late.receive("\"code\"");
  EXPECT_EQ(http::status_line(refused), "HTTP/1.1 503 Service Unavailable");
  EXPECT_NE(refused.find("OVERLOADED"), std::string::npos);
  EXPECT_NE(refused.find("Retry-After: 1"), std::string::npos);
  int before;
  {
    const std::lock_guard lock(mutex_);
    before = asked_;
  }
  std::this_thread::sleep_for(200ms);
  {
    const std::lock_guard lock(mutex_);
    EXPECT_LE(asked_, before + 1) << "streams that are open ask nobody meanwhile";
  }
  say(v1::REVISION_STATE_READY, 10);
  busy.clear();
  EXPECT_NE(open.receive("0\r\n\r\n").find("REVISION_STATE_READY"), std::string::npos) << "and lose nothing";
}

TEST_F(EventsTest, AnEpisodeIsFollowedFromBeforeItsRevision) {
  planned_ = false;
  start({50ms, 1h, 1h});
  http::Peer peer(port_), newer(port_);
  peer.send(ask("/v1/episodes/" + kEpisode + "/events"));
  newer.send(ask("/v1/episodes/" + kEpisode + "/events?after=" + kRevision));
  peer.receive("retry: 2000");
  {
    const std::lock_guard lock(mutex_);
    planned_ = true;
    revision_.set_state(v1::REVISION_STATE_READY);
  }
  EXPECT_NE(peer.receive("0\r\n\r\n").find(kRevision), std::string::npos);
  {
    const std::lock_guard lock(mutex_);
    revision_.set_revision_id(kLater);
  }
  const std::string heard = newer.receive("0\r\n\r\n");
  EXPECT_EQ(heard.find("id: " + kRevision), std::string::npos);
  EXPECT_NE(heard.find("id: " + kLater), std::string::npos);
}

TEST_F(EventsTest, ADubIsFollowedFromBeforeItComesUntilItIsReady) {
  start({1h, 1h, 1h});  // news alone wakes it
  const std::string path = "/v1/episodes/" + kEpisode + "/dubs/pt-br/events";
  http::Peer peer(port_), newer(port_);
  peer.send(ask(path));
  newer.send(ask(path + "?after=" + kRevision));
  EXPECT_EQ(peer.receive("retry: 2000").find("data:"), std::string::npos);
  newer.receive("retry: 2000");
  say_dub(kRevision, v1::DUB_STATE_PROCESSING, 40);
  v1::DubProgressed news;
  news.set_episode_id(kEpisode);
  news.set_language("pt-BR");
  // The hub may still be looking for the end of the stream: what is published before that is not heard.
  std::atomic<bool> heard{false};
  std::thread publisher([&] {
    while (!heard) publish(news), std::this_thread::sleep_for(50ms);
  });
  const std::string first = peer.receive("\"percent\":40");
  EXPECT_NE(first.find("id: " + kRevision + ".1.40\nevent: progress\ndata: {"), std::string::npos) << first;
  say_dub(kRevision, v1::DUB_STATE_READY, 100);
  EXPECT_NE(peer.receive("0\r\n\r\n").find("DUB_STATE_READY"), std::string::npos);
  say_dub(kLater, v1::DUB_STATE_FAILED, 0);
  const std::string last = newer.receive("0\r\n\r\n");
  heard = true;
  publisher.join();
  EXPECT_EQ(last.find("id: " + kRevision), std::string::npos) << last;
  EXPECT_NE(last.find("DUB_STATE_FAILED"), std::string::npos);
  http::Peer again(port_);
  again.send(ask(path, "Connection: close\r\nLast-Event-ID: " + kLater + ".3.0\r\n"));
  EXPECT_EQ(http::status_line(again.receive()), "HTTP/1.1 204 No Content");
  http::Peer other(port_);
  other.send(ask("/v1/episodes/" + kLater + "/dubs/es/events"));
  EXPECT_NE(other.receive("\"code\"").find("EPISODE_NOT_FOUND"), std::string::npos);
}

TEST_F(EventsTest, ItEndsAfterItsTimeAndWhenTheServerDrains) {
  start({1h, 1h, 100ms});
  http::Peer peer(port_);
  peer.send(ask(path_));
  EXPECT_TRUE(peer.receive("0\r\n\r\n").ends_with("0\r\n\r\n"));
  server_.reset();
  EXPECT_EQ(slots_.take("x").has_value(), true);
}

}  // namespace
}  // namespace cliffhanger::edge
