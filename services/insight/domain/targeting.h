#pragma once
// Whom an experiment is meant for: what its condition may ask of people, and what is known of them.
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/error.h"
#include "services/insight/domain/experiment.h"

namespace cliffhanger::insight {

// What is known of who asks: of the person, what came of the app with the call, and `country`, where they
// are, as the operator's CDN says, or nothing.
experiment::Object attributes_of(const Call& call, const std::string& country);

// What of the definition's condition would never hold, whoever asks: attributes that nobody has, countries
// that are none, versions that are compared as texts. The condition is one (experiment::fault_of).
std::vector<FieldFault> faults_of_targeting(const Definition& definition);

// Whether the definition's condition asks who somebody is (`id`, `deviceId`): it could be made for one
// person.
bool names_people(const Definition& definition);

}  // namespace cliffhanger::insight
