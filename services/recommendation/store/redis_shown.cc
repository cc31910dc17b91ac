#include "services/recommendation/store/redis_shown.h"

#include "libs/obs/names.h"

namespace cliffhanger::recommendation {
namespace {

constexpr char kKept[] = "259200";  // seconds

}  // namespace

RedisShown::RedisShown(redis::Config config, const Clock& clock, obs::Metrics& metrics)
    : client_(std::move(config)),
      silence_(clock),
      away_(metrics.counter(obs::names::kFeedDegraded, "Feeds made without something",
                            {{"without", "redis"}})) {}

std::string RedisShown::key(const Tenant& tenant, UserId user) {
  const Uuid raw = user.uuid();
  return "feed:shown:" + tenant.text() + ':' +
         std::string(reinterpret_cast<const char*>(raw.bytes().data()), raw.bytes().size());
}

Result<redis::Reply> RedisShown::ask(const std::vector<std::string>& words) {
  if (!silence_.ask()) return fail(unavailable("REDIS_UNAVAILABLE", "It was away a moment ago."));
  auto answer = client_.command(words);
  silence_.told(answer.has_value());
  return answer;
}

ShownList RedisShown::recall(const Tenant& tenant, UserId user) {
  const auto answer = ask({"GET", key(tenant, user)});
  if (!answer) away_.add();
  return answer ? ShownList::parse(answer->text) : ShownList();
}

void RedisShown::remember(const Tenant& tenant, UserId user, const ShownList& shown) {
  (void)ask({"SET", key(tenant, user), shown.text(), "EX", kKept});
}

Result<void> RedisShown::forget(const Tenant& tenant, UserId user) {
  CH_TRY(client_.command({"DEL", key(tenant, user)}));
  return {};
}

}  // namespace cliffhanger::recommendation
