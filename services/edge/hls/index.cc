#include "services/edge/hls/index.h"

#include <boost/json.hpp>

#include "libs/blob/blob.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

namespace json = boost::json;

tl::unexpected<Error> bad_index(std::string why) {
  return fail(Error{
      Code::kDataLoss, "BAD_INDEX", "The revision's index can't be read: " + std::move(why), {}, {}, {}});
}

Result<Member> parse_member(const json::value& value) {
  const auto* object = value.if_object();
  const auto* key = object ? object->if_contains("key") : nullptr;
  const auto* bytes = object ? object->if_contains("bytes") : nullptr;
  const auto* type = object ? object->if_contains("type") : nullptr;
  if (!key || !key->is_string() || !bytes || !bytes->is_int64() || bytes->as_int64() < 0 || !type ||
      !type->is_string())
    return bad_index("a member lacks its key, bytes or type.");
  Member member{json::value_to<std::string>(*key), static_cast<std::uint64_t>(bytes->as_int64()),
                json::value_to<std::string>(*type)};
  CH_TRY(blob::check_key(member.key));
  return member;
}

}  // namespace

std::string index_key(const Tenant& tenant, RevisionId revision) {
  return "revisions/" + tenant.text() + '/' + revision.text() + "/index.json";
}

std::string ready_key(const Tenant& tenant, RevisionId revision) {
  return "revisions/" + tenant.text() + '/' + revision.text() + "/ready.json";
}

Result<Index> parse_index(std::string_view text) {
  boost::system::error_code ec;
  json::parse_options options;
  options.max_depth = 4;
  const auto root = json::parse(json::string_view(text.data(), text.size()), ec, {}, options);
  if (ec || !root.is_object()) return bad_index("it is not a JSON object.");
  const auto* state = root.as_object().if_contains("state");
  const auto* objects = root.as_object().if_contains("objects");
  if (!state || !state->is_string() || !objects || !objects->is_object())
    return bad_index("it lacks state or objects.");
  if (state->as_string() != "ready" && state->as_string() != "provisional")
    return bad_index("its state is unknown.");
  if (objects->as_object().size() > kMaxIndexMembers) return bad_index("it has too many members.");
  Index index{state->as_string() == "ready", {}, 0, 0};
  for (const auto& [name, value] : objects->as_object()) {
    CH_ASSIGN(auto member, parse_member(value));
    index.members.emplace(std::string(name), std::move(member));
  }
  return index;
}

}  // namespace cliffhanger::edge
