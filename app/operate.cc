// The operators' commands beside serve.
#include <cstdio>

#include "app/commands.h"
#include "app/health_door.h"
#include "app/services.h"
#include "libs/http/client.h"
#include "libs/sql/migrate.h"

namespace cliffhanger::app {

int migrate(const Arguments&) {
  auto settings = config::Settings::from_process();
  const auto url = host::Config::read(settings).database_url;
  for (const auto& entry : services()) {
    if (entry.migrations == nullptr) continue;
    const auto applied = sql::migrate(url, entry.name, *entry.migrations);
    if (!applied) {
      std::fprintf(stderr, "%s: %s\n", applied.error().reason.c_str(), applied.error().message.c_str());
      return 1;
    }
    std::printf("%-16s %s\n", entry.name.c_str(),
                *applied == 0 ? "up to date" : (std::to_string(*applied) + " applied").c_str());
  }
  return 0;
}

int config(const Arguments&) {
  auto settings = config::Settings::from_process();
  host::Config::read(settings);
  HealthDoor::read_port(settings);
  for (const auto& entry : services()) entry.describe(settings);
  for (const auto& setting : settings.described()) {
    std::printf("%s=%s\n    %s", setting.name.c_str(), setting.value.c_str(), setting.meaning.c_str());
    if (setting.value != setting.fallback) std::printf(" (default: %s)", setting.fallback.c_str());
    std::printf("\n");
  }
  const auto good = settings.finish();
  if (!good) std::fprintf(stderr, "\n%s\n", good.error().message.c_str());
  return good ? 0 : 2;
}

int health(const Arguments& arguments) {
  const std::string text = arguments.empty() ? "http://127.0.0.1:8080" : arguments[0];
  const auto url = http::Url::parse(text);
  if (!url) {
    std::fprintf(stderr, "%s\n", url.error().message.c_str());
    return 2;
  }
  http::Client client(url->host, url->port);
  const auto answer = client.get("/readyz");
  if (!answer) {
    std::fprintf(stderr, "%s does not answer: %s\n", text.c_str(), answer.error().message.c_str());
    return 1;
  }
  std::printf("%s", answer->body.c_str());
  return answer->status == 200 ? 0 : 1;
}

}  // namespace cliffhanger::app
