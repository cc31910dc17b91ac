#include "libs/rpc/key_scopes.h"

#include <algorithm>
#include <array>

#include "libs/core/id.h"
#include "libs/rpc/methods.h"

namespace cliffhanger::rpc {
namespace {

constexpr std::string_view kPrefix = "key:";

struct Covered {
  std::string_view method;  // full name
  unsigned scopes;
};

// What changes something. What only reads follows from the contract, below.
constexpr std::array kWriting{
    Covered{"cliffhanger.catalog.v1.CatalogService.CreateSeries", kKeyUploads | kKeyPublishes},
    Covered{"cliffhanger.catalog.v1.CatalogService.CreateEpisode", kKeyUploads | kKeyPublishes},
    Covered{"cliffhanger.catalog.v1.CatalogService.UpdateSeries", kKeyPublishes},
    Covered{"cliffhanger.catalog.v1.CatalogService.UpdateEpisode", kKeyPublishes},
    Covered{"cliffhanger.catalog.v1.CatalogService.PublishEpisode", kKeyPublishes},
    Covered{"cliffhanger.catalog.v1.CatalogService.WithdrawEpisode", kKeyPublishes},
    Covered{"cliffhanger.catalog.v1.CatalogService.WithdrawSeries", kKeyPublishes},
    Covered{"cliffhanger.catalog.v1.CatalogService.DeleteEpisode", kKeyPublishes},
    Covered{"cliffhanger.ingest.v1.IngestService.CreateUpload", kKeyUploads},
    Covered{"cliffhanger.ingest.v1.IngestService.ImportUpload", kKeyUploads},
    Covered{"cliffhanger.ingest.v1.IngestService.BeginAppend", kKeyUploads},
    Covered{"cliffhanger.ingest.v1.IngestService.TerminateUpload", kKeyUploads},
    Covered{"cliffhanger.transcode.v1.TranscodeService.CancelRevision", kKeyUploads},
    Covered{"cliffhanger.transcode.v1.CaptionsService.PutCaptions", kKeyUploads},
    Covered{"cliffhanger.transcode.v1.CaptionsService.DeleteCaptions", kKeyUploads},
    Covered{"cliffhanger.transcode.v1.CaptionsService.DraftCaptions", kKeyUploads},
    Covered{"cliffhanger.transcode.v1.CaptionsService.ApproveCaptions", kKeyUploads},
    Covered{"cliffhanger.transcode.v1.CaptionsService.BurnCaptions", kKeyUploads},
    Covered{"cliffhanger.transcode.v1.CaptionsService.UnburnCaptions", kKeyUploads},
    Covered{"cliffhanger.transcode.v1.CutsService.CreateCut", kKeyUploads},
    Covered{"cliffhanger.transcode.v1.DubsService.DeleteDub", kKeyUploads},
};
constexpr std::string_view kWhoAmI = "cliffhanger.accounts.v1.AccountsService.GetMe";

}  // namespace

std::string to_session(const KeySession& key) {
  return std::string(kPrefix) + key.key_id + ':' + std::to_string(key.scopes & kAllKeyScopes);
}

std::optional<KeySession> key_session_of(std::string_view session) {
  if (!session.starts_with(kPrefix)) return std::nullopt;
  session.remove_prefix(kPrefix.size());
  const auto colon = session.find(':');
  KeySession out{std::string(session.substr(0, colon)), 0};
  if (colon == session.npos || session.size() != colon + 2 || !Uuid::parse(out.key_id))
    return out;  // may nothing
  const char digit = session[colon + 1];
  if (digit >= '0' && digit <= '7') out.scopes = static_cast<unsigned>(digit - '0');
  return out;
}

unsigned key_scopes_for(const google::protobuf::MethodDescriptor* method) {
  const auto found = std::ranges::find(kWriting, std::string_view(method->full_name()), &Covered::method);
  if (found != kWriting.end()) return found->scopes;
  if (method->full_name() == kWhoAmI) return kAllKeyScopes;
  if (!access_of(method).read_only()) return 0;
  const auto& package = method->file()->package();
  if (package == "cliffhanger.ingest.v1") return kKeyReads | kKeyUploads;  // who uploads asks how far it is
  if (package == "cliffhanger.catalog.v1" || package == "cliffhanger.transcode.v1") return kKeyReads;
  return 0;
}

Result<void> check_key(const google::protobuf::MethodDescriptor* method, std::string_view session) {
  const auto key = key_session_of(session);
  if (!key) return {};
  const unsigned enough = key_scopes_for(method);
  if ((key->scopes & enough) != 0) return {};
  return fail(denied("API_KEY_SCOPE", enough == 0 ? "This is nothing that an API key can do."
                                                  : "The API key has no scope for this."));
}

}  // namespace cliffhanger::rpc
