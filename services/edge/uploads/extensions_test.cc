// Extensions of tus beyond creating and appending: the length told later, checksums, and files of partial uploads.
#include <thread>

#include "libs/core/encoding.h"
#include "libs/digest/sha256.h"
#include "libs/http/test_peer.h"
#include "services/edge/edge_world.h"
#include "services/edge/limits.h"
#include "services/edge/uploads/uploads.h"

namespace cliffhanger::edge {
namespace {

class UploadExtensionsTest : public EdgeTest {
 protected:
  http::Headers with(std::initializer_list<std::pair<std::string, std::string>> more) {
    http::Headers out{{"Tus-Resumable", "1.0.0"}, {"Authorization", creator()}};
    for (const auto& [name, value] : more) out.add(name, value);
    return out;
  }
  http::Headers append_at(std::int64_t offset, std::initializer_list<std::pair<std::string, std::string>> more = {}) {
    auto out = with(more);
    out.add("Content-Type", "application/offset+octet-stream");
    out.add("Upload-Offset", std::to_string(offset));
    return out;
  }
  std::string create(std::initializer_list<std::pair<std::string, std::string>> more) {
    auto headers = with(more);
    headers.add("Upload-Metadata", "episode_id " + base64_encode("0193b6c0-0000-7000-8000-000000000001"));
    const auto made = client().post("/uploads", "", headers);
    EXPECT_EQ(made->status, 201) << made->body;
    return std::string(made->headers.get("Location"));
  }
  std::string stored(const std::string& path) {
    std::string all;
    for (const auto& key : ingest_.get(path.substr(9)).parts) all += *store_.get(key);
    return all;
  }
  std::string offset_of(const std::string& path) {
    return std::string(client().head(path, with({}))->headers.get("Upload-Offset"));
  }
  // Every object that there is, named by an upload or not.
  std::size_t objects() { return store_.list("uploads/", "", 1000)->size(); }
  static std::string sum(std::string_view bytes) { return "sha256 " + base64_encode(sha256(bytes)); }
};

TEST_F(UploadExtensionsTest, OptionsTellWhatIsSpoken) {
  const auto options = client().send({"OPTIONS", "/uploads", {}, {}, {}});
  EXPECT_EQ(options->status, 204);
  EXPECT_EQ(options->headers.get("Tus-Version"), "1.0.0");
  EXPECT_EQ(options->headers.get("Tus-Extension"),
            "creation,creation-with-upload,creation-defer-length,checksum,concatenation,expiration,termination");
  EXPECT_EQ(options->headers.get("Tus-Checksum-Algorithm"), "sha1,sha256,crc32c");
}

TEST_F(UploadExtensionsTest, ALengthMayComeWithTheLastBytes) {
  const auto path = create({{"Upload-Defer-Length", "1"}});
  auto head = client().head(path, with({}));
  EXPECT_EQ(head->headers.get("Upload-Defer-Length"), "1");
  EXPECT_FALSE(head->headers.find("Upload-Length"));
  EXPECT_EQ(client().patch(path, "0123", append_at(0))->headers.get("Upload-Offset"), "4");
  EXPECT_EQ(client().patch(path, "56", append_at(4, {{"Upload-Length", "six"}}))->status, 400);
  EXPECT_EQ(client().patch(path, "567", append_at(4, {{"Upload-Length", "6"}}))->status, 413);
  EXPECT_EQ(client().patch(path, "45", append_at(4, {{"Upload-Length", "6"}}))->status, 204);
  head = client().head(path, with({}));
  EXPECT_EQ(head->headers.get("Upload-Length"), "6");
  EXPECT_FALSE(head->headers.find("Upload-Defer-Length"));
  EXPECT_EQ(stored(path), "012345");
}

TEST_F(UploadExtensionsTest, ALengthIsTellableInOneWayOnly) {
  const auto both = client().post("/uploads", "", with({{"Upload-Defer-Length", "1"}, {"Upload-Length", "5"}}));
  EXPECT_EQ(both->status, 400) << both->body;
}

TEST_F(UploadExtensionsTest, BytesThatAreNotThosePromisedDontCount) {
  const auto path = create({{"Upload-Length", "10"}});
  const auto wrong = client().patch(path, "01234", append_at(0, {{"Upload-Checksum", sum("01235")}}));
  EXPECT_EQ(wrong->status, 460) << wrong->body;
  EXPECT_NE(wrong->body.find("CHECKSUM_MISMATCH"), std::string::npos);
  EXPECT_EQ(offset_of(path), "0");
  EXPECT_EQ(objects(), 0u);
  EXPECT_EQ(client().patch(path, "01234", append_at(0, {{"Upload-Checksum", sum("01234")}}))->status, 204);
  EXPECT_EQ(client().patch(path, "56789", append_at(5, {{"Upload-Checksum", sum("56789")}}))->status, 204);
  EXPECT_EQ(stored(path), "0123456789");
}

TEST_F(UploadExtensionsTest, AnUnknownChecksumIsRefusedBeforeAnyByte) {
  const auto path = create({{"Upload-Length", "10"}});
  const auto refused = client().patch(path, "01234", append_at(0, {{"Upload-Checksum", "md4 AAAA"}}));
  EXPECT_EQ(refused->status, 400);
  EXPECT_NE(refused->body.find("CHECKSUM_ALGORITHM_UNKNOWN"), std::string::npos);
  EXPECT_EQ(ingest_.get(path.substr(9)).epoch, 0);
}

TEST_F(UploadExtensionsTest, OfALargeBodyNothingCountsBeforeTheWholeIsChecked) {
  const std::string bytes(20'000'000, 'x');
  const auto path = create({{"Upload-Length", "20000000"}});
  EXPECT_EQ(client().patch(path, bytes, append_at(0, {{"Upload-Checksum", sum("y")}}))->status, 460);
  EXPECT_EQ(offset_of(path), "0");
  EXPECT_EQ(objects(), 0u);
  EXPECT_EQ(client().patch(path, bytes, append_at(0, {{"Upload-Checksum", sum(bytes)}}))->status, 204);
  EXPECT_EQ(stored(path), bytes);
}

// Its parts stand in the store before any counts. Where one doesn't count, those behind it never can: they
// are nobody's, and a film large.
TEST_F(UploadExtensionsTest, PartsThatCanNoLongerCountAreRemoved) {
  const std::string bytes(20'000'000, 'x');  // three parts
  const auto path = create({{"Upload-Length", "20000000"}});
  ingest_.fail_commits(true);
  EXPECT_EQ(client().patch(path, bytes, append_at(0, {{"Upload-Checksum", sum(bytes)}}))->status, 503);
  EXPECT_EQ(objects(), 1u) << "of the first nobody knows";
  ingest_.fail_commits(false);
  // Fenced while it waits for its checksum.
  ingest_.hold_commits(true);
  std::thread second([&] {
    while (ingest_.holding() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ingest_.fence(path.substr(9));
    ingest_.hold_commits(false);
  });
  const auto fenced = client().patch(path, bytes, append_at(0, {{"Upload-Checksum", sum(bytes)}}));
  second.join();
  EXPECT_NE(fenced->body.find("STALE_EPOCH"), std::string::npos) << fenced->body;
  EXPECT_EQ(objects(), 2u);
  EXPECT_EQ(client().patch(path, bytes, append_at(0, {{"Upload-Checksum", sum(bytes)}}))->status, 204);
  EXPECT_EQ(stored(path), bytes);
}

// What arrived of it can't be checked.
TEST_F(UploadExtensionsTest, ABrokenBodyWithAChecksumCountsForNothing) {
  const auto path = create({{"Upload-Length", "1000"}});
  {
    http::Peer peer(port_);
    peer.send("PATCH " + path + " HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nAuthorization: " + creator() +
              "\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nUpload-Checksum: " +
              sum(std::string(1000, 'x')) + "\r\nContent-Length: 1000\r\n\r\n" + std::string(600, 'x'));
    while (ingest_.get(path.substr(9)).epoch == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // The next writer is let in at once.
  const auto whole = client().patch(path, std::string(1000, 'x'),
                                    append_at(0, {{"Upload-Checksum", sum(std::string(1000, 'x'))}}));
  EXPECT_EQ(whole->status, 204) << whole->body;
  EXPECT_EQ(stored(path), std::string(1000, 'x'));
}

TEST_F(UploadExtensionsTest, CreationWithBytesThatAreWrongTellsThatNoneCounted) {
  auto headers = append_at(0, {{"Upload-Length", "5"}, {"Upload-Checksum", sum("other")}});
  const auto made = client().post("/uploads", "01234", headers);
  EXPECT_EQ(made->status, 201) << made->body;
  EXPECT_EQ(made->headers.get("Upload-Offset"), "0");
}

TEST_F(UploadExtensionsTest, PartialUploadsBecomeOne) {
  std::vector<std::string> partials;
  for (const auto* text : {"012", "34", "5678"}) {
    const auto made = client().post("/uploads", "", with({{"Upload-Length", std::to_string(strlen(text))},
                                                          {"Upload-Concat", "partial"}}));
    ASSERT_EQ(made->status, 201) << made->body;
    partials.emplace_back(made->headers.get("Location"));
    ASSERT_EQ(client().patch(partials.back(), text, append_at(0))->status, 204);
    EXPECT_EQ(client().head(partials.back(), with({}))->headers.get("Upload-Concat"), "partial");
  }
  const auto all = "final;" + partials[0] + " https://example.com" + partials[1] + " " + partials[2];
  const auto path = create({{"Upload-Concat", all}});
  const auto head = client().head(path, with({}));
  EXPECT_EQ(head->headers.get("Upload-Length"), "9");
  EXPECT_EQ(head->headers.get("Upload-Offset"), "9");
  EXPECT_EQ(head->headers.get("Upload-Concat"), "final;" + partials[0] + " " + partials[1] + " " + partials[2]);
  EXPECT_EQ(stored(path), "012345678");
  EXPECT_EQ(client().patch(path, "x", append_at(9))->status, 403);
  EXPECT_EQ(client().post("/uploads", "x", append_at(0, {{"Upload-Concat", all}}))->status, 403);
  EXPECT_EQ(client().post("/uploads", "", with({{"Upload-Concat", all}, {"Upload-Length", "9"}}))->status, 400);
}

}  // namespace
}  // namespace cliffhanger::edge
