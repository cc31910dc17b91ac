#include "services/transcode/worker/encryptor.h"

#include <algorithm>

#include "libs/cenc/cenc.h"
#include "libs/core/encoding.h"
#include "libs/digest/sha256.h"

namespace cliffhanger::transcode {
namespace {

constexpr std::int64_t kMaxObject = std::int64_t{1}
                                    << 28;  // of one segment; the media program makes none so large

Result<cenc::Key> to_cenc(const ContentKey& from) {
  cenc::Key out;
  const auto copy = [](const std::string& bytes, cenc::Block& to) {
    if (bytes.size() != to.size()) return false;
    std::ranges::copy(bytes, to.begin());
    return true;
  };
  if (copy(from.id, out.id) && copy(from.key, out.key) && copy(from.iv, out.iv)) return out;
  return fail(internal("BAD_KEY", "A content key has 16 bytes, its id and its vector too."));
}

// One track's pieces, encrypted one by one.
class TrackCipher {
 public:
  TrackCipher(Encryption method, const cenc::Key& key) : method_(method), key_(key) {}

  // Initialisation segments come first.
  Result<std::string> encrypt(Piece& piece, const std::string& clear) {
    const bool init = piece.name.index == kInit;
    if (method_ == Encryption::kAes128) return init ? clear : cenc::encrypt_file(clear, key_.key, key_.iv);
    if (init) {
      CH_ASSIGN(auto track, cenc::Track::open(clear));
      track_ = std::move(track);
      return track_->init(key_);
    }
    CH_ASSIGN(auto made, track_->segment(clear, key_));
    if (!piece.gops.empty() && piece.gops.size() != made.fragments.size())
      return fail(internal("CENC_DAMAGED", "A segment has not the groups of pictures it should have."));
    for (std::size_t i = 0; i < piece.gops.size(); ++i) {
      piece.gops[i].offset = made.fragments[i].offset;
      piece.gops[i].bytes = made.fragments[i].bytes;
      piece.gops[i].size = made.fragments[i].size;
    }
    return std::move(made.bytes);
  }

 private:
  const Encryption method_;
  const cenc::Key& key_;
  std::optional<cenc::Track> track_;
};

}  // namespace

Encryptor::Encryptor(Encryption method, blob::Store& blobs, KeySource keys)
    : method_(method), blobs_(blobs), keys_(std::move(keys)) {}

Result<Piece> Encryptor::store(const Revision& revision, Piece piece, const std::string& bytes) const {
  piece.bytes = static_cast<std::int64_t>(bytes.size());
  piece.sha256 = sha256_hex(bytes);
  piece.object_key = "revisions/" + revision.tenant.text() + "/" + revision.id.text() + "/media/" +
                     piece.sha256 + (piece.name.index == kInit ? ".mp4" : ".m4s");
  if (const auto there = blobs_.head(piece.object_key); there && there->bytes == piece.bytes) return piece;
  CH_TRY(blobs_.put(piece.object_key, bytes));
  return piece;
}

Result<Assembly> Encryptor::encrypt(const Call& call, const Revision& revision, const Assembly& clear,
                                    Encryption method) const {
  if (method == Encryption::kNone) return clear;
  std::vector<Wanted> all;
  for (Piece& piece : clear.in_order()) all.push_back({std::move(piece), 0});
  return encrypt(call, revision, all, method);
}

Result<Assembly> Encryptor::encrypt(const Call& call, const Revision& revision,
                                    const std::vector<Wanted>& clear, Encryption method) const {
  CH_ASSIGN(const ContentKey content_key, keys_(call, revision.id));
  CH_ASSIGN(const cenc::Key key, to_cenc(content_key));
  std::vector<Piece> pieces;
  std::map<std::string, TrackCipher> tracks;
  for (const auto& [piece, offset] : clear) {
    if (is_still(piece.name.track)) {
      pieces.push_back(piece);
      continue;
    }
    CH_ASSIGN(const blob::Opened object, blobs_.open(piece.object_key));
    if (piece.bytes > kMaxObject || offset + piece.bytes > object.size())
      return fail(internal("CENC_DAMAGED", "A segment has not the size that it should have."));
    CH_ASSIGN(const std::string bytes, object.read(offset, piece.bytes));
    Piece made = piece;
    auto& cipher = tracks.try_emplace(piece.name.track, method, key).first->second;
    CH_ASSIGN(const std::string secret, cipher.encrypt(made, bytes));
    CH_ASSIGN(made, store(revision, std::move(made), secret));
    pieces.push_back(std::move(made));
  }
  return Assembly(std::move(pieces), {method, hex_encode(content_key.id), hex_encode(content_key.iv)});
}

}  // namespace cliffhanger::transcode
