// A media program for tests: each job is the shell script beside it, `<path of this program>.sh`. Tests make a link to
// it in a folder of their own.
#include <unistd.h>

#include <string>
#include <vector>

#include "libs/media/zygote.h"

int main(int, char** argv) {
  auto job = cliffhanger::media::await_job(cliffhanger::media::kZygoteSocket);
  if (!job) return 0;
  std::string shell = "sh", script = std::string(argv[0]) + ".sh";
  std::vector<char*> arguments{shell.data(), script.data()};
  for (std::string& argument : *job) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  execv("/bin/sh", arguments.data());
  return 127;
}
