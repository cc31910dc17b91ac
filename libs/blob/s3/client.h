#pragma once
// S3's operations on one bucket
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html):
// signed, tried again where that is safe, failures as errors of the object store.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/blob/blob.h"
#include "libs/blob/s3/options.h"
#include "libs/blob/s3/probe.h"
#include "libs/blob/s3/retry.h"
#include "libs/aws/transport.h"
#include "libs/core/clock.h"
#include "libs/core/random.h"

namespace cliffhanger::blob::s3 {

using aws::HttpReply;
using aws::Payload;
using aws::Transport;

// Takes an object's bytes in order.
class Sink {
 public:
  virtual ~Sink() = default;
  // The object has `bytes`; called before the first of them, and again if the object changed in between: then
  // it begins anew.
  virtual Result<void> begin(std::int64_t bytes) = 0;
  virtual Result<void> write(std::string_view bytes) = 0;
};

// What is sent, and its digests: S3 checks both, and the second is the entity tag that it must answer with.
struct Body {
  Payload payload;
  std::string sha256;  // lower-case hex
  std::string md5;     // 16 bytes
};
Body body_of(std::string_view text);

// Keys are those of the bucket: with the store's prefix. Everything fails with OBJECT_STORE_FAILED, whose
// message tells an operator what to do, or OBJECT_STORE_FULL. Safe from many threads; blocks; each request is
// tried Options::attempts times at the most, as long as the budget of all of them lasts. Every operation may
// be sent twice: it is the same then.
class Client {
 public:
  // All outlive it; `probe` may be null.
  struct Deps {
    const Clock& clock;
    Random& random;
    Probe* probe = nullptr;
  };
  Client(Options options, Deps deps);

  // OBJECT_NOT_FOUND takes a second request.
  Result<Info> head(const std::string& key);
  // Reads the whole object in ranges of Options::part_bytes of one version; after a cut it goes on where it
  // was. Succeeds only with every byte there, and with the digest that put() noted if it did. Errors of the
  // sink are passed on. OBJECT_NOT_FOUND.
  Result<void> fetch(const std::string& key, Sink& sink);
  // Bytes [offset, offset + length) of the object, fewer at its end. OBJECT_NOT_FOUND.
  Result<std::string> range(const std::string& key, std::int64_t offset, std::int64_t length);
  // Durable and visible when it returns.
  Result<void> put(const std::string& key, const Body& body);
  // `once`: is not tried again. When it returns, well or not, no request of it can take effect any more: one whose answer was lost may still be on its way,
  // so it is signed for Options::delete_life only, and waited for. Whoever writes the object afterwards doesn't lose it.
  Result<void> remove(const std::string& key, bool once = false);
  // At most 1,000, which never come again: a late request is not waited for.
  Result<void> remove(const std::vector<std::string>& keys);
  // At most 1,000 keys; see Store::list. An `after` of "" is none, and of no meaning with a `token`. A page may be empty though `more`
  // follow: the list goes on with its `next` as `token`. One that gives none there, or the same again, fails.
  struct Page {
    std::vector<Info> objects;
    bool more = false;
    std::string next;  // S3's NextContinuationToken
  };
  Result<Page> list(const std::string& prefix, const std::string& after, std::size_t most,
                    const std::string& token = "");

  // An object in parts. It appears with complete_parts(); abandoned parts cost money until abort_parts().
  struct Parts {
    std::string key, upload;  // S3's upload id
    std::string mark;         // by which the object is known to be of this upload
    std::vector<std::string> etags;
  };
  Result<Parts> begin_parts(const std::string& key);
  Result<void> add_part(Parts& parts, const Body& body);
  Result<void> complete_parts(const Parts& parts);
  Result<void> abort_parts(const Parts& parts);
  // Objects in parts that were begun and are neither completed nor aborted: at most 1,000, those after `after`.
  struct Begun {
    std::string key, upload;
    Time when = Time::max();
  };
  struct BegunPage {
    std::vector<Begun> uploads;
    bool more = false;
    std::string next_key, next_upload;  // where the next page begins
  };
  Result<BegunPage> list_parts(const std::string& prefix, const BegunPage& after);

  const Options& options() const { return options_; }
  const Transport& transport() const { return transport_; }

 private:
  struct Ask;
  struct Outcome;
  class Reader;
  Pairs sign(const Ask& ask, aws::Signable& signable, Time now) const;
  Outcome once(const Ask& ask);
  Result<HttpReply> call(const Ask& ask);
  bool again(const Ask& ask, const Outcome& outcome, int attempt);
  Error give_up(const Ask& ask, const Outcome& outcome);
  Pairs new_object(const std::string& key) const;
  Result<HttpReply> stat(const std::string& key);
  Result<bool> is_of(const Parts& parts);
  Result<bool> is_empty(const std::string& key);

  const Options options_;
  const Deps deps_;
  std::string scheme_host_, host_, base_path_;
  Transport transport_;
  RetryBudget budget_;
};

}  // namespace cliffhanger::blob::s3
