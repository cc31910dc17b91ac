#include "libs/http/tls.h"

#include <csignal>

#include "libs/http/test_certificate.h"
#include "libs/http/test_server.h"
#include "libs/http/test_tls_peer.h"
#include "libs/testing/servers.h"

namespace cliffhanger::http {
namespace {

constexpr char kHello[] = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr char kLastHello[] = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

Time now() {
  return SystemClock().now();
}

class TlsTest : public ServerTest {
 protected:
  TlsTest() {
    std::signal(SIGPIPE, SIG_IGN);
    install("first");
  }
  ~TlsTest() override {
    release_ = true;
    server_.reset();
  }
  // A new pair of files of this name.
  void install(const std::string& name, long from = -60, long to = 3600) {
    key_ = make_key();
    write_certificate(files_.certificate, key_, name, from, to);
    write_key(files_.key, key_);
  }
  void serve(Limits limits = {}, int threads = 2) {
    auto opened = Tls::open(files_);
    ASSERT_TRUE(opened) << opened.error().message;
    tls_ = std::move(*opened);
    start(limits, threads, tls_);
  }
  bool failed(const std::string& why) {
    return eventually([&] {
      const auto all = recorder_.copy(recorder_.shakes);
      return std::find(all.begin(), all.end(), why) != all.end();
    });
  }
  harness::TempDir dir_;
  const Tls::Files files_{dir_.path() + "/cert.pem", dir_.path() + "/key.pem"};
  KeyPair key_;
  std::shared_ptr<Tls> tls_;
};

TEST_F(TlsTest, RequestsAndBodiesBothWays) {
  const std::string contents = [] {
    std::string out;
    for (int i = 0; i < 700'001; ++i) out += static_cast<char>(i * 31 + i / 256);
    return out;
  }();
  file_ = file_with(contents, true);
  file_size_ = contents.size();
  serve();
  for (const int most : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsPeer peer(port_, {most, "", "\x02h2\x08http/1.1", 0});
    ASSERT_TRUE(peer.connected());
    EXPECT_EQ(peer.version(), most == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    EXPECT_EQ(peer.protocol(), "http/1.1");
    EXPECT_EQ(peer.server_name(), "first");
    ASSERT_TRUE(peer.send(kHello));
    EXPECT_EQ(status_line(peer.receive("hello")), "HTTP/1.1 200 OK");
    ASSERT_TRUE(peer.send(std::string(kHello) + kHello));  // one record, two requests
    EXPECT_NE(peer.receive("hello").find("200"), std::string::npos);
    const std::string body(90'000, 'b');
    ASSERT_TRUE(peer.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n" + body));
    EXPECT_TRUE(peer.receive(body).ends_with(body));
    ASSERT_TRUE(peer.send("GET /file HTTP/1.1\r\nHost: x\r\nRange: bytes=1-\r\nConnection: close\r\n\r\n"));
    const auto answer = peer.receive();
    EXPECT_EQ(status_line(answer), "HTTP/1.1 206 Partial Content");
    EXPECT_TRUE(answer.ends_with(contents.substr(1)));
    EXPECT_TRUE(peer.ended()) << "an end that a cut connection could not fake";
  }
  EXPECT_TRUE(recorder_.copy(recorder_.shakes).empty());
}

TEST_F(TlsTest, OldProtocolsAndCiphersAreRefused) {
  serve();
  EXPECT_FALSE(TlsPeer(port_, {TLS1_1_VERSION, "", "", 0}).connected());
  EXPECT_TRUE(failed("protocol"));
  EXPECT_FALSE(TlsPeer(port_, {TLS1_2_VERSION, "AES128-SHA:AES256-GCM-SHA384", "", 0}).connected());
  EXPECT_TRUE(failed("no_shared_cipher"));
  EXPECT_FALSE(TlsPeer(port_, {TLS1_3_VERSION, "", "\x02h2", 0}).connected());
  EXPECT_TRUE(failed("alpn"));
  EXPECT_TRUE(TlsPeer(port_).connected());
}

TEST_F(TlsTest, RenegotiationIsRefused) {
  serve();
  TlsPeer peer(port_, {TLS1_2_VERSION, "", "", 0});
  ASSERT_TRUE(peer.connected());
  SSL_renegotiate(peer.ssl());
  SSL_do_handshake(peer.ssl());
  peer.send(kLastHello);
  peer.receive();
  EXPECT_TRUE(TlsPeer(port_).connected());
}

TEST_F(TlsTest, PlainHttpIsToldSo) {
  serve();
  Peer peer(port_);
  ASSERT_TRUE(peer.send(kHello));
  const auto answer = peer.receive();
  EXPECT_EQ(status_line(answer), "HTTP/1.1 400 Bad Request");
  EXPECT_NE(answer.find("TLS_REQUIRED"), std::string::npos);
  EXPECT_TRUE(failed("plain_http"));
}

TEST_F(TlsTest, JunkIsCutAndCounted) {
  serve();
  for (const std::string& junk : {std::string(2000, '\0'), std::string("\x16\x03\x01\x00\x05hello", 10), std::string("\x80\x2e\x01\x00\x02", 5) + std::string(100, 'x'), std::string("\x16\x03\x01\x40\x01", 5) + std::string(17000, 'y')}) {
    Peer peer(port_);
    peer.send(junk);
    peer.shut_write();
    EXPECT_EQ(peer.receive().find("<silence>"), std::string::npos);
  }
  EXPECT_TRUE(eventually([&] { return recorder_.copy(recorder_.shakes).size() == 4; }));
  EXPECT_TRUE(TlsPeer(port_).connected());
}

TEST_F(TlsTest, SlowHandshakesAreCut) {
  Limits limits;
  limits.handshake_timeout = std::chrono::milliseconds(300);
  serve(limits);
  Peer silent(port_), begun(port_);
  begun.send("\x16\x03\x01");
  EXPECT_EQ(silent.receive(), "");
  EXPECT_EQ(begun.receive(), "");
  EXPECT_TRUE(eventually([&] { return recorder_.copy(recorder_.shakes) == std::vector<std::string>{"timeout", "timeout"}; }));
  EXPECT_TRUE(eventually([&] { return server_->connections() == 0; }));
}

TEST_F(TlsTest, ManyHalfHandshakesKeepNobodyOut) {
  Limits limits;
  limits.handshakes = 8;
  serve(limits, 1);
  std::vector<std::unique_ptr<Peer>> half;
  for (int i = 0; i < 30; ++i) {
    half.push_back(std::make_unique<Peer>(port_));
    ASSERT_TRUE(half.back()->send("\x16\x03\x01\x02"));
  }
  EXPECT_TRUE(eventually([&] { return server_->connections() == 8; }));
  TlsPeer peer(port_);
  ASSERT_TRUE(peer.connected());
  ASSERT_TRUE(peer.send(kLastHello));
  EXPECT_TRUE(peer.receive().ends_with("hello"));
  const auto shakes = recorder_.copy(recorder_.shakes);
  EXPECT_EQ(std::count(shakes.begin(), shakes.end(), "crowded"), 23);
}

TEST_F(TlsTest, ANewCertificateIsForNewConnections) {
  serve();
  TlsPeer old(port_);
  ASSERT_TRUE(old.send(kHello));
  old.receive("hello");
  Peer half(port_);
  ASSERT_TRUE(half.send("\x16\x03\x01"));
  install("second");
  EXPECT_EQ(TlsPeer(port_).server_name(), "first") << "not read yet";
  ASSERT_TRUE(tls_->reload(now()));
  EXPECT_EQ(TlsPeer(port_).server_name(), "second");
  ASSERT_TRUE(old.send(kLastHello));
  EXPECT_TRUE(old.receive().ends_with("hello")) << "who was there goes on";
}

TEST_F(TlsTest, ABadPairLeavesTheOneBefore) {
  serve();
  const auto expires = tls_->expires();
  const auto expect_kept = [&](const char* reason, const char* words) {
    const auto reloaded = tls_->reload(now());
    ASSERT_FALSE(reloaded) << words;
    EXPECT_EQ(reloaded.error().reason, reason);
    EXPECT_NE(reloaded.error().message.find(words), std::string::npos) << reloaded.error().message;
    EXPECT_EQ(TlsPeer(port_).server_name(), "first");
    EXPECT_EQ(tls_->expires(), expires);
  };
  write_key(files_.key, make_key());
  expect_kept("BAD_TLS_KEY", "not that of the certificate");
  write_key(files_.key, key_, "secret");
  expect_kept("BAD_TLS_KEY", "without a passphrase");
  install("second", -3600, -60);
  expect_kept("BAD_TLS_CERTIFICATE", "not now");
  install("second", 3600, 7200);
  expect_kept("BAD_TLS_CERTIFICATE", "not now");
  std::fclose(std::fopen(files_.certificate.c_str(), "w"));
  expect_kept("BAD_TLS_CERTIFICATE", "can't be read");
  ASSERT_EQ(std::remove(files_.certificate.c_str()), 0);
  expect_kept("BAD_TLS_CERTIFICATE", "can't be read");
  install("second");
  EXPECT_TRUE(tls_->reload(now()));
  EXPECT_EQ(TlsPeer(port_).server_name(), "second");
}

TEST_F(TlsTest, OpensOnlyWhatFits) {
  write_key(files_.key, make_key());
  EXPECT_EQ(Tls::open(files_).error().reason, "BAD_TLS_KEY");
  EXPECT_EQ(Tls::open({dir_.path() + "/none", files_.key}).error().reason, "BAD_TLS_CERTIFICATE");
  install("old", -3600, -60);
  const auto late = Tls::open(files_);
  ASSERT_TRUE(late) << "clients will refuse it, and that is said elsewhere; a process that doesn't start serves nobody";
  EXPECT_LT((*late)->expires(), now());
}

TEST_F(TlsTest, SlowReadersAreCutAndDrainingEndsIdleOnes) {
  const std::string large(30'000'000, 'x');
  file_ = file_with(large, true);
  file_size_ = large.size();
  Limits limits;
  limits.progress_timeout = std::chrono::milliseconds(500);
  limits.progress_bytes = 1 << 20;
  serve(limits);
  TlsPeer slow(port_, {TLS1_3_VERSION, "", "", 4096});
  ASSERT_TRUE(slow.send("GET /file HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(eventually([&] { return !recorder_.copy(recorder_.timeouts).empty(); }));
  EXPECT_EQ(recorder_.copy(recorder_.timeouts).front(), "progress");
  TlsPeer idle(port_);
  ASSERT_TRUE(idle.send(kHello));
  idle.receive("hello");
  server_->drain(std::chrono::steady_clock::now() + std::chrono::seconds(20));
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_EQ(idle.receive(), "");
}

void update_key(TlsPeer& peer) {
  SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
  SSL_do_handshake(peer.ssl());
}

TEST_F(TlsTest, KeysMayBeUpdatedButNotForever) {
  serve();
  TlsPeer peer(port_);
  ASSERT_TRUE(peer.connected());
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 10; ++i) update_key(peer);
    ASSERT_TRUE(peer.send(kHello));
    EXPECT_TRUE(peer.receive("hello").ends_with("hello"));
  }
  for (int i = 0; i < 100; ++i) update_key(peer);
  EXPECT_TRUE(eventually([&] { return server_->connections() == 0; }));
  EXPECT_EQ(recorder_.bad, 0);
}

TEST_F(TlsTest, ARecordWithoutBytesIsNoRequest) {
  Limits limits;
  limits.header_timeout = std::chrono::milliseconds(200);
  serve(limits);
  TlsPeer peer(port_);
  ASSERT_TRUE(peer.send(kHello));
  EXPECT_TRUE(peer.receive("hello").ends_with("hello"));
  update_key(peer);
  EXPECT_EQ(peer.receive(), "");
  EXPECT_EQ(recorder_.bad, 0) << "nobody asked, so nobody is told 408";
}

TEST_F(TlsTest, ARecordMayComeByteByByte) {
  serve();
  TlsPeer peer(port_);
  ASSERT_TRUE(peer.connected());
  // The record is made in memory and sent by hand.
  BIO* made = BIO_new(BIO_s_mem());
  SSL_set0_wbio(peer.ssl(), made);
  ASSERT_TRUE(peer.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
  char* bytes = nullptr;
  const auto count = BIO_get_mem_data(made, &bytes);
  ASSERT_GT(count, 2 * kMaxEmptyRecords);
  for (long i = 0; i < count; ++i) {
    ASSERT_EQ(::send(SSL_get_rfd(peer.ssl()), bytes + i, 1, MSG_NOSIGNAL), 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_NE(peer.receive("\r\n\r\n").find("200 OK"), std::string::npos);
}

TEST_F(TlsTest, APeerThatBreaksOffIsNoticed) {
  serve();
  {
    TlsPeer peer(port_);
    ASSERT_TRUE(peer.send("PATCH /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"));
    EXPECT_TRUE(eventually([&] { return running_ == 3; }));
  }
  EXPECT_TRUE(eventually([&] { return ending() == kBodyEndedEarly; }));
}

}  // namespace
}  // namespace cliffhanger::http
