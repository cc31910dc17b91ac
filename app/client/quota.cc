#include <charconv>
#include <cstdio>
#include <optional>

#include "app/client/api.h"
#include "app/commands.h"
#include "libs/core/call.h"

namespace cliffhanger::app {
namespace {

namespace json = boost::json;

constexpr char kHelp[] =
    R"(cliffhanger quota [--tenant T | --creator ID] [--set BYTES | --set none]

Prints how many bytes of uploads are stored, and how many may be; as an operator, over CLIFFHANGER_URL. Without --creator it is what all
creators of a tenant store together.

  --tenant T      another tenant than your own: for operators of the tenant `default`
  --creator ID    one creator of your tenant
  --set BYTES     gives it a limit of its own; 0: nothing more. A tenant's is set by operators of the tenant `default`
  --set none      takes that back: the deployment's limit counts
)";

struct Wish {
  std::string tenant, creator;  // at most one; neither: the operator's tenant
  bool sets = false;
  std::optional<std::int64_t> bytes;  // none: the deployment's
};

std::optional<std::int64_t> bytes_of(const std::string& text) {
  std::int64_t out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc() || end != text.data() + text.size() || out < 0) return std::nullopt;
  return out;
}

std::optional<Wish> wish_of(const Arguments& arguments) {
  Wish out;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size()) return std::nullopt;
    const auto &name = arguments[i], &value = arguments[i + 1];
    if (name == "--tenant" && Tenant::parse(value)) {
      out.tenant = value;
    } else if (name == "--creator" && Uuid::parse(value)) {
      out.creator = value;
    } else if (name == "--set") {
      out.sets = true;
      out.bytes = bytes_of(value);
      if (!out.bytes && value != "none") return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (!out.tenant.empty() && !out.creator.empty()) return std::nullopt;
  return out;
}

Result<json::object> set(Api& api, const Wish& wish) {
  json::object body;
  if (wish.bytes)
    body["limitBytes"] = std::to_string(*wish.bytes);
  else
    body["asDeployment"] = true;
  if (!wish.creator.empty()) return api.call("POST", "/v1/creators/" + wish.creator + "/storage-limit", body);
  std::string tenant = wish.tenant;
  if (tenant.empty()) {
    CH_ASSIGN(const auto own, api.call("GET", "/v1/storage/tenant-usage"));
    tenant = text(object(own, "usage"), "tenant");
  }
  return api.call("POST", "/v1/tenants/" + tenant + "/storage-limit", body);
}

Result<json::object> read(Api& api, const Wish& wish) {
  if (!wish.creator.empty()) return api.call("GET", "/v1/storage/usage?ownerId=" + wish.creator);
  return api.call("GET", "/v1/storage/tenant-usage" + (wish.tenant.empty() ? "" : "?tenant=" + wish.tenant));
}

Result<int> run(Api& api, const Wish& wish) {
  CH_ASSIGN(const auto answer, wish.sets ? set(api, wish) : read(api, wish));
  const auto& usage = object(answer, "usage");
  const auto whose =
      wish.creator.empty() ? "tenant " + text(usage, "tenant") : "creator " + text(usage, "ownerId");
  const auto used = static_cast<long long>(number(usage, "usedBytes"));
  if (!flag(usage, "limited"))
    std::printf("%s: %lld bytes, no limit\n", whose.c_str(), used);
  else
    std::printf("%s: %lld of %lld bytes (%s)\n", whose.c_str(), used,
                static_cast<long long>(number(usage, "limitBytes")),
                flag(usage, "ownLimit") ? "a limit of its own" : "the deployment's limit");
  return 0;
}

}  // namespace

int quota(const Arguments& arguments) {
  const auto wish = wish_of(arguments);
  if (const auto code = explained(arguments, kHelp, wish.has_value())) return *code;
  return run_as_caller([&](Api& api) { return run(api, *wish); });
}

}  // namespace cliffhanger::app
