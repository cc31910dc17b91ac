#include <cstdio>
#include <map>
#include <string>

#include "app/commands.h"

namespace {

constexpr char kUsage[] =
    R"(cliffhanger: the backend of a short-drama company

Operators
  cliffhanger serve [SERVICE …]   host every service, or only those, in this process
  cliffhanger migrate             bring the database up to date
  cliffhanger config              every setting, its value and what it means
  cliffhanger collect [--dry-run] have objects removed that nobody needs
  cliffhanger quota [--set BYTES] how much the creators of a tenant store and may (`cliffhanger quota --help`)
  cliffhanger appearances EPISODE which cuts show parts of its film
  cliffhanger health [URL]        whether a running process is ready (default http://127.0.0.1:8080)
  cliffhanger evaluate --train F  how good recommenders are on recorded interactions (`cliffhanger evaluate --help`)

Creators (see `cliffhanger upload --help`)
  cliffhanger upload FILE|FOLDER --series S   send an episode, or a whole series
  cliffhanger import URL --series S           have the server fetch an episode
  cliffhanger status ID                       how an episode or a series stands
  cliffhanger rate SERIES AGE                 from which age on a series is meant to be seen
  cliffhanger keys create|list|end            API keys, for operators also those of other accounts
)";

}  // namespace

int main(int argc, char** argv) {
  using namespace cliffhanger::app;
  static const std::map<std::string, int (*)(const Arguments&)> commands = {
      {"serve", serve},     {"migrate", migrate},   {"config", config}, {"health", health},
      {"collect", collect}, {"evaluate", evaluate}, {"upload", upload}, {"import", import_url},
      {"status", status},   {"keys", keys},         {"rate", rate},     {"quota", quota},
      {"appearances", appearances}};
  const std::string name = argc > 1 ? argv[1] : "--help";
  if (name == "--help" || name == "-h" || name == "help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  const auto command = commands.find(name);
  if (command == commands.end()) {
    std::fprintf(stderr, "cliffhanger: there is no command '%s'\n\n%s", name.c_str(), kUsage);
    return 2;
  }
  return command->second(Arguments(argv + 2, argv + argc));
}
