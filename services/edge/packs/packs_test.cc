#include "services/edge/packs/packs.h"

#include <boost/json.hpp>
#include <set>

#include "services/edge/edge_world.h"
#include "services/edge/limits.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {
namespace {

namespace json = boost::json;
namespace v1 = playback::v1;

// What came back: the index, and where the parts begin.
struct Unpacked {
  json::object index;
  std::string parts;
  std::size_t bytes = 0;
  const json::object& item(std::size_t i) const { return index.at("items").as_array().at(i).as_object(); }
  std::string code(std::size_t i) const { return json::value_to<std::string>(item(i).at("code")); }
  const json::array& parts_of(std::size_t i) const { return item(i).at("parts").as_array(); }
};

// The edge with packs, over a store with real playlists; playback, catalog and recommendation are the test's.
class PacksTest : public EdgeTest {
 protected:
  PacksTest() {
    for (int i = 0; i < 4; ++i) add_episode(i);
    serve(packs_, router_, gate_, 8 << 20);
    serve(strict_packs_, strict_router_, tiny_, 8 << 20);
  }
  ~PacksTest() override {
    store_.held = false;
    server_.reset();
  }

  struct Film {
    std::string id;
    hls::Grant grant;
    std::int64_t resume_ms = 0;
    std::string code;  // instead of a session
    bool provisional = false;
    bool cdn = false;  // whose session is at one
  };

  void add_episode(int number) {
    Film film{EpisodeId::make(clock_.now(), random_).text(),
              {*Tenant::parse("default"), SessionId::make(clock_.now(), random_),
               RevisionId::make(clock_.now(), random_), clock_.now() + std::chrono::hours(6)},
              {}};
    json::object objects;
    const auto put = [&](const std::string& name, const std::string& type, const std::string& bytes) {
      const std::string key = "objects/" + std::to_string(number) + "/" + name;
      EXPECT_TRUE(store_.put(key, bytes));
      objects[name] = {{"key", key}, {"bytes", bytes.size()}, {"type", type}};
    };
    const std::string m3u8 = "application/vnd.apple.mpegurl";
    std::string main =
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"o\",DEFAULT=YES,URI="
        "\"audio/audio.m3u8\"\n";
    for (const int side : {540, 1080, 360}) {
      const std::string folder = "v" + std::to_string(side) + "/";
      main += "#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(side * 3000) +
              ",CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=" + std::to_string(side) + "x" +
              std::to_string(side * 16 / 9) + ",AUDIO=\"a\"\n" + folder + "video.m3u8\n";
      put_track(put, folder, "video.m3u8", static_cast<std::size_t>(side) * 100);
    }
    put_track(put, "audio/", "audio.m3u8", 4000);
    put("main.m3u8", m3u8, main);
    EXPECT_TRUE(
        store_.put(ready_key(film.grant.tenant, film.grant.revision),
                   json::serialize(json::object{{"state", "ready"}, {"objects", std::move(objects)}})));
    films_.push_back(film);
  }
  template <class Put>
  static void put_track(Put put, const std::string& folder, const std::string& list, std::size_t bytes) {
    put(folder + "init.mp4", "video/mp4", "init of " + folder);
    std::string text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI=\"init.mp4\"\n";
    for (int i = 0; i < 4; ++i) {
      const std::string name = std::to_string(i) + ".m4s";
      text += std::string("#EXTINF:") + (i < 2 ? "2" : "4") + ".000,\n" + name + "\n";
      put(folder + name, "video/mp4", name + std::string(bytes + static_cast<std::size_t>(i), 'x'));
    }
    put(folder + list, "application/vnd.apple.mpegurl", text + "#EXT-X-ENDLIST\n");
  }

  void serve(std::unique_ptr<Packs>& packs, http::Router& router, Gate& gate, std::int64_t most) {
    PackServices services;
    services.prepare = [this](const Visit& visit, const v1::PrepareSessionsRequest& in) {
      return prepare(visit, in);
    };
    services.episodes = [this](const Visit&, const catalog::v1::ListEpisodesRequest& in) { return list(in); };
    services.feed = [this](const Visit&, const recommendation::v1::GetFeedRequest& in) { return feed(in); };
    packs.reset(new Packs({std::move(services), hls_, objects_, gate, admission_, slots_, metrics_, most}));
    packs->add_routes(router);
  }
  http::Task<Result<v1::PrepareSessionsResponse>> prepare(const Visit& visit,
                                                          const v1::PrepareSessionsRequest& in) {
    ++prepared_;
    EXPECT_TRUE(visit.idempotency_key.empty()) << "a repeated request must not get an old answer";
    if (visit.caller.user.empty())
      co_return fail(Error{Code::kUnauthenticated, "TOKEN_MISSING", "No token.", {}, {}, {}});
    if (away_) co_return fail(unavailable("UNAVAILABLE", "Away."));
    v1::PrepareSessionsResponse out;
    for (const auto& id : in.episode_ids()) {
      auto* item = out.add_items();
      item->set_episode_id(id);
      item->set_code("EPISODE_NOT_FOUND");
      for (const auto& film : films_) {
        if (film.id != id) continue;
        item->set_code(film.code);
        if (!film.code.empty()) continue;
        auto* session = item->mutable_session();
        session->set_session_id(film.grant.session.text());
        session->set_revision_id(film.grant.revision.text());
        session->set_resume_ms(film.resume_ms);
        session->set_provisional(film.provisional);
        session->set_playlist_url(hls::url_path(keys_.sign(film.grant), film.grant, "main.m3u8"));
        if (!film.cdn) continue;
        session->set_playlist_url("https://cdn.example.com/cdn/default/" + film.grant.revision.text() + "/main.m3u8");
        auto* cookie = session->mutable_cdn()->add_cookies();
        cookie->set_name("CloudFront-Policy");
        cookie->set_value(film.id);
      }
    }
    co_return out;
  }
  http::Task<Result<catalog::v1::ListEpisodesResponse>> list(const catalog::v1::ListEpisodesRequest& in) {
    if (in.series_id() != series_) co_return fail(not_found("SERIES_NOT_FOUND", "No."));
    catalog::v1::ListEpisodesResponse out;
    for (int i = in.after_number();
         i < static_cast<int>(films_.size()) && out.episodes_size() < in.page_size(); ++i)
      out.add_episodes()->set_episode_id(films_[static_cast<std::size_t>(i)].id);
    co_return out;
  }
  http::Task<Result<recommendation::v1::GetFeedResponse>> feed(const recommendation::v1::GetFeedRequest& in) {
    recommendation::v1::GetFeedResponse out;
    out.add_items()->mutable_episode()->set_episode_id(films_[in.page_token().empty() ? 0 : 1].id);
    if (in.page_token().empty()) out.set_next_page_token("more");
    co_return out;
  }

  Result<http::ClientResponse> post(const json::object& body, http::Headers headers = {}, bool token = true) {
    if (token) headers.add("Authorization", bearer(Role::kViewer, viewer_));
    headers.add("Content-Type", "application/json");
    return client().send({"POST", "/v1/start-packs", headers, json::serialize(body), {}});
  }
  Unpacked unpack(const Result<http::ClientResponse>& got) {
    Unpacked out;
    EXPECT_TRUE(got);
    EXPECT_EQ(got->status, 200) << got->body;
    if (got->status != 200) return out;
    EXPECT_EQ(got->headers.get("Content-Type"), kPackType);
    EXPECT_EQ(got->headers.get("Cache-Control"), "private, no-store");
    EXPECT_EQ(got->body.substr(0, 4), "CHP1");
    std::size_t length = 0;
    for (int i = 4; i < 8; ++i)
      length = length << 8 | static_cast<unsigned char>(got->body[static_cast<std::size_t>(i)]);
    out.index = json::parse(got->body.substr(8, length)).as_object();
    out.parts = got->body.substr(8 + length);
    out.bytes = got->body.size();
    return out;
  }
  Unpacked ask(const json::object& body, const http::Headers& headers = {}) {
    return unpack(post(body, headers));
  }
  json::object following(int count) { return {{"seriesId", series_}, {"count", count}}; }
  // Names within the revision, in the order of their bytes.
  static std::string names(const Unpacked& pack, std::size_t i) {
    std::string out;
    for (const auto& part : pack.parts_of(i)) {
      const auto url = json::value_to<std::string>(part.at("url"));
      std::size_t at = 0;
      for (int slash = 0; slash < 4; ++slash) at = url.find('/', at) + 1;
      out += url.substr(at) + " ";
    }
    return out;
  }

  const std::string series_ = SeriesId::make(clock_.now(), random_).text();
  const UserId viewer_ = UserId::make(clock_.now(), random_);
  std::vector<Film> films_;
  std::atomic<bool> away_{false};
  std::atomic<int> prepared_{0};
  Slots slots_ = pack_slots(metrics_);
  std::unique_ptr<Packs> packs_, strict_packs_;
};

const std::string kFirst =
    "main.m3u8 v540/video.m3u8 audio/audio.m3u8 v540/init.mp4 v540/0.m4s audio/init.mp4 audio/0.m4s ";

TEST_F(PacksTest, EveryPartIsWhatItsUrlGives) {
  const auto pack = ask(following(3));
  ASSERT_EQ(pack.index.at("items").as_array().size(), 3u);
  std::size_t total = 0;
  auto http = client();
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(pack.code(i), "");
    EXPECT_EQ(names(pack, i), kFirst + "v540/1.m4s audio/1.m4s ");
    EXPECT_EQ(pack.item(i).at("rung").at("width").as_int64(), 540);
    for (const auto& part : pack.parts_of(i)) {
      const auto got = http.get(json::value_to<std::string>(part.at("url")));
      ASSERT_EQ(got->status, 200);
      const auto bytes = static_cast<std::size_t>(part.at("bytes").as_int64());
      EXPECT_EQ(got->body, pack.parts.substr(static_cast<std::size_t>(part.at("offset").as_int64()), bytes));
      EXPECT_EQ(got->headers.get("Content-Type"), json::value_to<std::string>(part.at("contentType")));
      EXPECT_EQ(got->headers.get("ETag"), json::value_to<std::string>(part.at("etag")));
      total += bytes;
    }
  }
  EXPECT_EQ(total, pack.parts.size()) << "nothing between and behind the parts";
  // The second segments come after everyone's first.
  const auto offset = [&](std::size_t i, std::size_t part) {
    return pack.parts_of(i).at(part).at("offset").as_int64();
  };
  EXPECT_LT(offset(2, 6), offset(0, 7));
  EXPECT_EQ(pack.index, ask(following(3)).index) << "the same again";
}

TEST_F(PacksTest, TheWholeAnswerKeepsToItsBudget) {
  json::object wish = following(4);
  const auto whole = ask(wish).bytes;
  std::set<std::size_t> segments;
  for (std::size_t budget = 1000; budget < whole + 20'000; budget += 9'700) {
    wish["maxBytes"] = budget;
    const auto pack = ask(wish);
    std::size_t parts = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto has = pack.parts_of(i).size();
      EXPECT_TRUE(has == 0 || has == 7 || has == 9) << has;
      EXPECT_EQ(pack.code(i), has == 0 ? "BUDGET_SPENT" : "");
      EXPECT_TRUE(pack.item(i).contains("session"));
      if (i > 0) EXPECT_GE(pack.parts_of(i - 1).size(), has);
      parts += has;
    }
    if (parts > 0) EXPECT_LE(pack.bytes, budget);
    segments.insert(parts);
  }
  EXPECT_GE(segments.size(), 7u);
  EXPECT_EQ(*segments.rbegin(), 36u);
}

TEST_F(PacksTest, WhoMayNotWatchGetsAReasonAndNoByte) {
  films_[0].code = "EPISODE_LOCKED";
  films_[2].code = "EPISODE_NOT_READY";
  const auto pack = ask(following(4));
  EXPECT_EQ(pack.code(0), "EPISODE_LOCKED");
  EXPECT_FALSE(pack.item(0).contains("session"));
  EXPECT_TRUE(pack.parts_of(0).empty() && pack.parts_of(2).empty());
  EXPECT_EQ(names(pack, 1), kFirst + "v540/1.m4s audio/1.m4s ");
  EXPECT_EQ(names(pack, 3), kFirst + "v540/1.m4s audio/1.m4s ");
  const auto refused = post(following(1), {}, false);
  EXPECT_EQ(refused->status, 401) << refused->body;
}

TEST_F(PacksTest, PartsOfASessionAtACdnHaveItsUrlsAndItsCookies) {
  films_[0].cdn = films_[1].cdn = true;
  takedowns_.withdraw(films_[1].grant.tenant, films_[1].grant.revision, films_[1].grant.expires);
  const auto answer = post(following(3));
  const auto pack = unpack(answer);
  EXPECT_EQ(pack.parts_of(0).size(), 9u);
  for (const auto& part : pack.parts_of(0))
    EXPECT_TRUE(json::value_to<std::string>(part.at("url"))
                    .starts_with("https://cdn.example.com/cdn/default/" + films_[0].grant.revision.text() + '/'));
  EXPECT_EQ(pack.code(1), "REVISION_WITHDRAWN");
  EXPECT_TRUE(answer->headers.get("Set-Cookie").starts_with("CloudFront-Policy=" + films_[0].id + ';'));
}

TEST_F(PacksTest, WhatWasTakenBackIsNotInIt) {
  takedowns_.withdraw(films_[0].grant.tenant, films_[0].grant.revision, films_[0].grant.expires);
  takedowns_.revoke(films_[1].grant.tenant, films_[1].grant.session, films_[1].grant.expires, true);
  const auto pack = unpack(post(following(3), {{"Idempotency-Key", "k1"}}));
  EXPECT_EQ(pack.code(0), "REVISION_WITHDRAWN");
  EXPECT_EQ(pack.code(1), "SESSION_REVOKED");
  for (const int gone : {0, 1}) {
    EXPECT_FALSE(pack.item(gone).contains("session"));
    EXPECT_TRUE(pack.parts_of(gone).empty());
  }
  EXPECT_EQ(names(pack, 2), kFirst + "v540/1.m4s audio/1.m4s ");
}

TEST_F(PacksTest, OneBadEpisodeSpoilsNoOther) {
  ASSERT_TRUE(store_.remove("objects/1/v540/0.m4s"));
  ASSERT_TRUE(store_.put(ready_key(films_[2].grant.tenant, films_[2].grant.revision), "{}"));
  films_[3].grant.revision = RevisionId::make(clock_.now(), random_);
  const auto pack = ask(following(4));
  EXPECT_EQ(names(pack, 0), kFirst + "v540/1.m4s audio/1.m4s ");
  EXPECT_EQ(pack.code(1), "OBJECT_NOT_FOUND");
  EXPECT_TRUE(pack.item(1).contains("session"));
  EXPECT_EQ(pack.code(2), "BAD_INDEX");
  EXPECT_EQ(pack.code(3), "REVISION_NOT_FOUND");
  std::int64_t end = 0;
  for (const auto& part : pack.parts_of(0)) end += part.at("bytes").as_int64();
  EXPECT_EQ(static_cast<std::size_t>(end), pack.parts.size());
}

TEST_F(PacksTest, ASecondSegmentThatIsGoneLeavesTheStart) {
  ASSERT_TRUE(store_.remove("objects/0/audio/1.m4s"));
  const auto pack = ask(following(2));
  EXPECT_EQ(names(pack, 0), kFirst);
  EXPECT_EQ(pack.code(0), "");
  EXPECT_EQ(names(pack, 1), kFirst + "v540/1.m4s audio/1.m4s ");
}

TEST_F(PacksTest, AnObjectOfAnotherLengthIsNotSent) {
  ASSERT_TRUE(store_.put("objects/0/v540/0.m4s", "short"));
  const auto pack = ask(following(2));
  EXPECT_EQ(pack.code(0), "BAD_INDEX");
  EXPECT_EQ(names(pack, 1), kFirst + "v540/1.m4s audio/1.m4s ");
}

TEST_F(PacksTest, ItBeginsWhereTheViewerGoesOn) {
  films_[0].resume_ms = 3'000;
  films_[1].resume_ms = 11'900;
  films_[2].provisional = true;
  const auto pack = ask(following(3));
  EXPECT_EQ(names(pack, 0).find("0.m4s"), std::string::npos);
  EXPECT_TRUE(names(pack, 0).ends_with("audio/1.m4s v540/2.m4s audio/2.m4s "));
  EXPECT_TRUE(names(pack, 1).ends_with("v540/3.m4s audio/init.mp4 audio/3.m4s "));
  EXPECT_EQ(pack.code(2), "EPISODE_PROVISIONAL");
  EXPECT_TRUE(pack.item(2).contains("session"));
}

TEST_F(PacksTest, SaveDataAndCmcdAreRespected) {
  const auto saving = ask(following(3), {{"Save-Data", "on"}});
  ASSERT_EQ(saving.index.at("items").as_array().size(), 1u);
  EXPECT_EQ(
      names(saving, 0),
      "main.m3u8 v360/video.m3u8 audio/audio.m3u8 v360/init.mp4 v360/0.m4s audio/init.mp4 audio/0.m4s ");
  const auto listed = ask({{"episodeIds", {films_[2].id, films_[1].id}}}, {{"Save-Data", "on"}});
  EXPECT_EQ(listed.code(1), "DATA_SAVER");
  EXPECT_FALSE(listed.item(1).contains("session"));
  const auto fast = ask(following(1), {{"CMCD-Request", "mtp=25000"}});
  EXPECT_EQ(fast.item(0).at("rung").at("width").as_int64(), 1080);
  const auto slow = ask(following(1), {{"CMCD-Request", "mtp=1700"}});
  EXPECT_EQ(slow.item(0).at("rung").at("width").as_int64(), 360);
  const auto low = ask(following(1), {{"CMCD-Request", "mtp=1700,bl=2000"}});
  EXPECT_EQ(low.code(0), "BUFFER_TOO_LOW");
  EXPECT_TRUE(low.item(0).contains("session") && low.parts.empty());
}

TEST_F(PacksTest, TheFeedGoesOnFromPageToPage) {
  const auto first = ask({{"feed", true}});
  EXPECT_EQ(first.item(0).at("episodeId"), json::value(films_[0].id));
  ASSERT_EQ(first.index.at("nextPageToken"), json::value("more"));
  const auto second = ask({{"feed", true}, {"pageToken", "more"}});
  EXPECT_EQ(second.item(0).at("episodeId"), json::value(films_[1].id));
  const auto none = ask({{"seriesId", series_}, {"afterNumber", 4}});
  EXPECT_TRUE(none.index.at("items").as_array().empty());
  EXPECT_EQ(post({{"seriesId", films_[0].id}})->status, 404);
}

TEST_F(PacksTest, WhatIsAskedIsBounded) {
  const int before = prepared_;
  EXPECT_EQ(post(following(11))->status, 400);
  EXPECT_EQ(post({})->status, 400);
  EXPECT_EQ(post({{"episodeIds", json::array(11, json::value(films_[0].id))}})->status, 400);
  EXPECT_EQ(post({{"feed", true}, {"pageToken", std::string(20'000, 'x')}})->status, 413);
  EXPECT_EQ(prepared_, before);
  away_ = true;
  const auto away = post(following(1));
  EXPECT_EQ(away->status, 503);
  EXPECT_NE(away->headers.get("Retry-After"), "");
}

TEST_F(PacksTest, UnderOverloadPacksOfTheFeedAreRefusedBeforeOthers) {
  std::vector<Admission::Slot> busy;
  for (int i = 0; i < 52; ++i) busy.push_back(admission_.hold());
  const auto refused = post({{"feed", true}});
  EXPECT_EQ(refused->status, 503);
  EXPECT_NE(refused->body.find("OVERLOADED"), std::string::npos);
  EXPECT_EQ(post(following(1))->status, 200);
  while (busy.size() < 64) busy.push_back(admission_.hold());
  EXPECT_EQ(post(following(1))->status, 503);
  busy.clear();
  EXPECT_EQ(post({{"feed", true}})->status, 200);
  EXPECT_EQ(admission_.under_way(), 0u);
}

TEST_F(PacksTest, PacksAreFewAtOnceAndNotTooOften) {
  const auto who = "default:" + viewer_.text();
  {
    const auto one = slots_.take(who), two = slots_.take(who);
    const auto refused = post(following(1));
    EXPECT_EQ(refused->status, 429);
    EXPECT_NE(refused->body.find("TOO_MANY_PACKS"), std::string::npos);
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(post(following(1))->status, 200) << "slots come back";
  strict_now_ = true;
  EXPECT_EQ(post(following(1))->status, 200);
  const auto often = post(following(1));
  EXPECT_EQ(often->status, 429);
  EXPECT_NE(often->body.find("RATE_LIMITED"), std::string::npos);
}

}  // namespace
}  // namespace cliffhanger::edge
