#pragma once
// Viewers and films whose tastes and qualities are known, and what viewers do. docs/RECOMMENDATION.md tells
// the model and where its numbers come from.
#include <span>
#include <vector>

#include "libs/rank/draw.h"
#include "libs/rank/ranking_model.h"
#include "libs/simulate/films.h"

namespace cliffhanger::simulate {

// What happened with one film.
struct View {
  int viewer = 0, film = 0, session = 0;
  rank::Watch watch;
  bool on = false;  // went on to another film
  bool like = false, share = false;
};

// Where a viewer is in a session.
struct Session {
  double energy = 0;   // left, in seconds of watching something of no particular interest
  double watched = 0;  // seconds
  bool over = false;
};

class World {
 public:
  // `count` of `films`, drawn without repeats (all if there are fewer).
  World(std::span<const Film> films, int count, int viewers, std::uint64_t seed);

  const std::vector<Film>& films() const { return films_; }
  int viewers() const { return viewers_; }
  // How much the viewer likes the film, but for the mood of the moment.
  double interest(int viewer, int film) const;
  Session begin(rank::Draw& draw) const;
  // The viewer is shown the film; the session goes on or is over.
  View show(int viewer, int film, Session& session, rank::Draw& draw) const;
  // Expected seconds of a viewing and the probability that the session goes on after it: what nobody but the
  // oracle knows. Means over the mood by quadrature.
  struct Expected {
    double seconds, on;
  };
  Expected expected(int viewer, int film) const;

 private:
  std::vector<Film> films_;
  std::vector<double> quality_;  // by film
  std::vector<double> taste_;    // viewer · kTopics + topic
  int viewers_;
};

}  // namespace cliffhanger::simulate
