#include "services/edge/config.h"

namespace cliffhanger::edge {
namespace {

// Where it listens, for whom, and what browsers are told.
void read_door(config::Settings& settings, Config& c) {
  c.address = settings.text("CLIFFHANGER_HTTP_ADDRESS", "0.0.0.0",
                            "the address that the HTTP door listens on; :: takes IPv6 too");
  c.port = settings.number(
      "CLIFFHANGER_HTTP_PORT", 8080, 0, 65'535,
      "the port of the HTTP door; 0: any free one, which is written to edge.port in the run folder");
  c.threads = settings.number("CLIFFHANGER_HTTP_THREADS", 0, 0, 256,
                              "threads that serve HTTP; 0: one for each processor");
  c.blocking_threads = settings.number("CLIFFHANGER_EDGE_BLOCKING_THREADS", 8, 1, 256,
                                       "threads of the edge that wait for Redis");
  c.web_dir = settings.text("CLIFFHANGER_WEB_DIR", "",
                            "the folder of the built web pages, with index.html; empty: no pages");
  c.tenant_hosts =
      settings.text("CLIFFHANGER_TENANT_HOSTS", "",
                    "host=tenant,…: whose host names are whose; other hosts are the tenant default's");
  c.tenants = settings.text(
      "CLIFFHANGER_TENANTS", "default",
      "tenant,…: whom X-Cliffhanger-Tenant may name without a token, beside those of the host names");
  c.origins = settings.text("CLIFFHANGER_CORS_ORIGINS", "*",
                            "origin,…: whose pages may use the API, uploads and media from a browser, such as https://app.example; "
                            "*: all");
  c.tls_cert_file = settings.text("CLIFFHANGER_EDGE_TLS_CERT_FILE", "",
                                  "the certificate of HTTPS and its chain, PEM; taken anew when it changes; empty: no HTTPS here");
  c.tls_key_file = settings.text("CLIFFHANGER_EDGE_TLS_KEY_FILE", "", "its key, PEM without a passphrase");
  c.tls_port = settings.number("CLIFFHANGER_EDGE_TLS_PORT", 8443, 0, 65'535,
                               "the port of HTTPS, beside that of HTTP; 0: any free one, which is written to edge-tls.port in the run folder");
  c.tls_hsts_seconds = settings.number("CLIFFHANGER_EDGE_TLS_HSTS_SECONDS", 0, 0, 63'072'000,
                                       "for how long browsers shall use HTTPS only (Strict-Transport-Security); 0: they aren't told");
  c.public_metrics = settings.flag("CLIFFHANGER_EDGE_PUBLIC_METRICS", false,
                                   "whether the HTTP door shows /metrics and the details of /readyz to "
                                   "others than this machine");
}

// What many and fast callers may take.
void read_limits(config::Settings& settings, Config& c) {
  c.connections =
      settings.number("CLIFFHANGER_HTTP_CONNECTIONS", 10'000, 1, 1'000'000, "HTTP connections open at once");
  c.connections_of_one = settings.number(
      "CLIFFHANGER_HTTP_CONNECTIONS_OF_ONE", 2000, 0, 1'000'000,
      "of them of one IPv4 address or one IPv6 /64; 0: all. Not counted behind CLIFFHANGER_TRUSTED_PROXIES, whose addresses these are");
  c.region_header = settings.text("CLIFFHANGER_EDGE_REGION_HEADER", "",
                                  "header in which your CDN or ingress says in which country the client is, such as CloudFront-Viewer-Country; it "
                                  "must overwrite what clients send; needs CLIFFHANGER_TRUSTED_PROXIES");
  c.trusted_proxies = settings.number("CLIFFHANGER_TRUSTED_PROXIES", 0, 0, 10,
                                      "how many proxies of ours write X-Forwarded-For in front of the edge");
  c.rate_per_second = settings.number("CLIFFHANGER_RATE_PER_SECOND", 50, 1, 1'000'000,
                                      "requests a second of one sign-in, or of one address without a token, in the long run; an "
                                      "account may do twice that, all accounts behind one address ten times");
  c.rate_burst = settings.number("CLIFFHANGER_RATE_BURST", 200, 1, 1'000'000,
                                 "requests of one sign-in or address that may come at once");
  c.tenant_per_second = settings.number("CLIFFHANGER_RATE_TENANT_PER_SECOND", 0, 0, 10'000'000,
                                        "requests a second of one tenant, in the long run; 0: as many as come");
  c.tenant_burst = settings.number("CLIFFHANGER_RATE_TENANT_BURST", 1000, 1, 10'000'000,
                                   "requests of one tenant that may come at once");
  c.calls = settings.number("CLIFFHANGER_EDGE_CALLS", 512, 8, 100'000,
                            "calls to services under way at once; near the limit back office, uploads and feeds are refused, in this order, before playback");
}

// Uploads, HLS and start packs.
void read_media(config::Settings& settings, Config& c) {
  c.object_threads = settings.number("CLIFFHANGER_EDGE_OBJECT_THREADS", 16, 1, 256,
                                     "threads of the edge that read objects nobody has open yet");
  c.upload_threads = settings.number("CLIFFHANGER_EDGE_UPLOAD_THREADS", 16, 1, 256,
                                     "threads of the edge that write uploads and wait for ingest");
  c.most_upload_bytes = settings.number("CLIFFHANGER_INGEST_MOST_UPLOAD_BYTES", 20LL << 30, 1, 1LL << 40,
                                        "the largest file that may be uploaded");
  c.hls_keys = settings.secret_file(
      "CLIFFHANGER_HLS_KEYS_FILE", true,
      "the keys of signed HLS paths, one \"id:secret\" a line; the first signs, all verify");
  c.cdn_url = settings.text("CLIFFHANGER_CDN_URL", "",
                            "https://host of the CloudFront distribution that delivers media; empty: the edges do");
  c.origin_secrets = settings.secret_file(
      "CLIFFHANGER_CDN_ORIGIN_SECRETS_FILE", false,
      "what the CDN says in X-Cliffhanger-Origin-Secret, one or two, one a line; empty: no CDN is served");
  c.pack_bytes = settings.number("CLIFFHANGER_EDGE_PACK_BYTES", 8 << 20, 1 << 16, 64 << 20,
                                 "bytes of one start pack, however many are asked for");
}

}  // namespace

Config Config::read(config::Settings& settings) {
  Config c;
  read_door(settings, c);
  read_limits(settings, c);
  read_media(settings, c);
  return c;
}

}  // namespace cliffhanger::edge
