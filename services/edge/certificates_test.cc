#include "services/edge/certificates.h"

#include <csignal>

#include "libs/http/test_certificate.h"
#include "libs/http/test_tls_peer.h"
#include "services/edge/edge_world.h"

namespace cliffhanger::edge {
namespace {

// The HTTPS door on a running edge.
class CertificatesTest : public EdgeTest {
 protected:
  CertificatesTest() {
    std::signal(SIGPIPE, SIG_IGN);
    install("first");
    auto opened = Certificates::open(files_, {clock_now_, metrics_, log_});
    EXPECT_TRUE(opened);
    certificates_ = std::move(*opened);
    secure_ = std::make_unique<http::Server>(http::Server::Options{"127.0.0.1", 1, {}, certificates_->tls()},
                                             [this](http::Request& r) { return door_->handle(r); }, *probe_);
    secure_port_ = *secure_->start(0);
  }
  ~CertificatesTest() override { secure_.reset(); }
  void install(const std::string& name, long to = 3600) {
    key_ = http::make_key();
    http::write_certificate(files_.certificate, key_, name, -60, to);
    http::write_key(files_.key, key_);
  }
  std::string shown() { return http::TlsPeer(secure_port_).server_name(); }
  double reloads(const char* outcome) {
    return metrics_.counter("cliffhanger_tls_reloads_total", "", {{"outcome", outcome}}).value();
  }
  double expires_in() {
    return metrics_.gauge("cliffhanger_tls_certificate_expires_timestamp_seconds", "").value() -
           static_cast<double>(to_micros(clock_now_.now())) / 1e6;
  }
  const http::Tls::Files files_{dir_.path() + "/cert.pem", dir_.path() + "/key.pem"};
  SystemClock clock_now_;
  http::KeyPair key_;
  std::unique_ptr<Certificates> certificates_;
  std::unique_ptr<http::Server> secure_;
  std::uint16_t secure_port_ = 0;
};

TEST_F(CertificatesTest, FilesThatChangeAreTaken) {
  certificates_->look();
  EXPECT_EQ(reloads("taken"), 0) << "nothing changed";
  EXPECT_NEAR(expires_in(), 3600, 120);
  http::TlsPeer old(secure_port_);
  install("second", 7200);
  certificates_->look();
  EXPECT_EQ(shown(), "second");
  EXPECT_EQ(reloads("taken"), 1);
  EXPECT_NEAR(expires_in(), 7200, 120);
  ASSERT_TRUE(old.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  EXPECT_NE(old.receive().find("200 OK"), std::string::npos);
}

TEST_F(CertificatesTest, APairThatComesInTwoStepsIsTakenWhenItIsWhole) {
  const auto next = http::make_key();
  http::write_certificate(files_.certificate, next, "second");
  for (int i = 0; i < 3; ++i) certificates_->look();
  EXPECT_EQ(shown(), "first");
  EXPECT_EQ(reloads("refused"), 1) << "said once";
  http::write_key(files_.key, next);
  certificates_->look();
  EXPECT_EQ(shown(), "second");
  EXPECT_EQ(reloads("refused"), 1);
  EXPECT_EQ(reloads("taken"), 1);
}

TEST_F(CertificatesTest, WhatWontDoIsCountedAndTheOneBeforeStays) {
  install("late", -30);
  certificates_->look();
  EXPECT_EQ(shown(), "first");
  ASSERT_EQ(std::remove(files_.key.c_str()), 0);
  certificates_->look();
  EXPECT_EQ(shown(), "first");
  EXPECT_EQ(reloads("refused"), 2);
  EXPECT_NEAR(expires_in(), 3600, 120);
}

TEST_F(CertificatesTest, FailedHandshakesAreCounted) {
  http::Peer plain(secure_port_);
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(plain.receive().find("TLS_REQUIRED"), std::string::npos);
  EXPECT_EQ(metrics_.counter("cliffhanger_tls_handshakes_failed_total", "", {{"reason", "plain_http"}}).value(), 1);
}

}  // namespace
}  // namespace cliffhanger::edge
