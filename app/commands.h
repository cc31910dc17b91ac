#pragma once
// What the program `cliffhanger` can be told to do; each gives the process's exit code.
#include <string>
#include <vector>

namespace cliffhanger::app {

using Arguments = std::vector<std::string>;  // after the command's own name

int serve(const Arguments& arguments);    // hosts all services, or the named ones, until SIGTERM or SIGINT
int migrate(const Arguments& arguments);  // brings the schemas up to date
int config(const Arguments& arguments);   // prints every setting with its value, default and meaning
int health(const Arguments& arguments);   // asks /readyz of a running process
int collect(const Arguments& arguments);  // has objects removed that nobody needs
int quota(const Arguments& arguments);    // how much is stored and may be, of a tenant or a creator
int upload(const Arguments& arguments);   // sends a file or a folder as a creator
int evaluate(const Arguments& arguments);  // recommenders, or a policy, against recorded interactions
int import_url(const Arguments& arguments);  // has the server fetch an episode
int status(const Arguments& arguments);   // shows an episode or a series
int keys(const Arguments& arguments);     // makes, lists and ends API keys
int appearances(const Arguments& arguments);  // which cuts show a film
int rate(const Arguments& arguments);     // says from which age on a series is meant to be seen

}  // namespace cliffhanger::app
