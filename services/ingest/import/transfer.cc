#include "services/ingest/import/transfer.h"

#include <algorithm>
#include <utility>

#include "libs/digest/sha256.h"
#include "services/ingest/domain/limits.h"
#include "services/ingest/store/pg_library.h"

namespace cliffhanger::ingest {
namespace {

// What a link to a page gives, such as one that only asks to sign in or to press a button.
bool is_page(std::string_view type) {
  return type == "text/html" || type == "application/xhtml+xml" || type == "application/json" ||
         type == "text/xml" || type == "application/xml";
}

// Unique among all writers there ever are of one upload: epochs are.
std::string part_key(const Upload& upload, std::int64_t offset) {
  std::string at = std::to_string(offset);
  at.insert(0, at.size() < 15 ? 15 - at.size() : 0, '0');
  return part_prefix(upload) + at + '-' + std::to_string(upload.epoch);
}

Error changed() {
  return aborted("IMPORT_CHANGED", "The file at the URL is not the one that was begun with.");
}

}  // namespace

struct Transfer::Part {
  std::string key;
  std::unique_ptr<blob::Writer> writer;
  Sha256 digest;
  std::int64_t bytes = 0;
  Time begun;
};

Transfer::Transfer(const Deps& deps, const sql::Task& task, Imports::Turn turn)
    : deps_(deps), task_(task), upload_(std::move(turn.upload)), validator_(std::move(turn.job.validator)) {}

Transfer::~Transfer() = default;

// Each change under the lease: whoever lost it changes nothing any more.
template <class Use>
auto Transfer::with(Use use) {
  return deps_.pool.transact([&](sql::Tx& tx) -> decltype(use(std::declval<Imports&>())) {
    CH_TRY(sql::extend_lease(tx, task_, kImportLease));
    PgLibrary library(tx, deps_.clock, deps_.random);
    Imports imports(library, deps_.clock, deps_.random, deps_.policy, {});
    return use(imports);
  });
}

Result<void> Transfer::check(const FetchHead& head) const {
  if (is_page(head.content_type))
    return fail(
        invalid("IMPORT_NOT_A_FILE",
                "The URL leads to a page, not to a file; use the link that downloads the file itself."));
  if (!head.partial && !head.ends && upload_.sha256.empty())
    return fail(precondition("IMPORT_UNBOUNDED", "The server doesn't say where the file ends."));
  if (!head.partial) return {};
  const bool other = !head.validator.empty() && head.validator != validator_;
  const bool longer = head.total && upload_.length > 0 && *head.total != upload_.length;
  return other || longer ? Result<void>(fail(changed())) : Result<void>();
}

Result<void> Transfer::head(const FetchHead& head) {
  CH_TRY(check(head));
  CH_ASSIGN(auto begun, with([&](Imports& imports) {
              return imports.begin(upload_.tenant, upload_.id, head.partial ? upload_.offset : 0, head.total,
                                   head.validator);
            }));
  upload_ = std::move(begun.upload);
  dropped_ = std::move(begun.dropped);
  ends_ = head.ends || !head.partial;  // else check() knows a digest that decides
  return {};
}

void Transfer::clean(const std::stop_token& stop) {
  for (const auto& part : std::exchange(dropped_, {})) {
    if (stop.stop_requested()) return;
    (void)deps_.blobs.remove(part.object_key);
  }
}

Result<void> Transfer::take(std::string_view bytes) {
  if (!part_) {
    const auto key = part_key(upload_, upload_.offset);
    CH_ASSIGN(auto writer, deps_.blobs.create(key));
    part_.reset(new Part{key, std::move(writer), {}, 0, deps_.clock.now()});
  }
  auto written = part_->writer->write(bytes);
  if (!written) {
    part_.reset();  // nobody knows what is in it
    return written;
  }
  part_->digest.add(bytes);
  part_->bytes += static_cast<std::int64_t>(bytes.size());
  return {};
}

Result<void> Transfer::body(std::string_view bytes) {
  const std::int64_t most = most_bytes(upload_, deps_.policy);
  while (!bytes.empty()) {
    const std::int64_t held = part_ ? part_->bytes : 0;
    const std::int64_t room = std::min(kImportPart - held, most - upload_.offset - held);
    if (room == 0)
      return fail(upload_.length > 0 ? aborted("IMPORT_LONGER", "More bytes came than was said.")
                                     : too_large(deps_.policy));
    const auto piece = bytes.substr(0, static_cast<std::size_t>(room));
    CH_TRY(take(piece));
    bytes.remove_prefix(piece.size());
    const bool last = upload_.offset + part_->bytes == upload_.length;
    if (last || part_->bytes == kImportPart || deps_.clock.now() - part_->begun >= kImportPartAge)
      CH_TRY(flush());
  }
  return {};
}

Result<void> Transfer::flush() {
  if (!part_) return {};
  const auto part = std::move(part_);
  CH_TRY(part->writer->publish());
  const ingest::Part row{upload_.epoch, upload_.offset, part->bytes, part->digest.hex(), part->key};
  CH_ASSIGN(upload_,
            with([&](Imports& imports) { return imports.commit_part(upload_.tenant, upload_.id, row); }));
  bytes_ += row.length;
  return {};
}

Result<void> Transfer::end() {
  CH_TRY(flush());
  if (upload_.state != State::kReceiving) return {};
  if (upload_.length > 0)
    return fail(unavailable("IMPORT_BROKEN_OFF", "The server sent less of the file than it said."));
  if (!ends_) return fail(unavailable("IMPORT_BROKEN_OFF", "The server sent a part, and may have more."));
  CH_ASSIGN(upload_,
            with([&](Imports& imports) { return imports.end(upload_.tenant, upload_.id, upload_.epoch); }));
  return {};
}

}  // namespace cliffhanger::ingest
