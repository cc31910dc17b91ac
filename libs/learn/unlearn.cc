#include "libs/learn/unlearn.h"

namespace cliffhanger::learn {

Result<void> forget_user(Eigen::MatrixXd& inverse, std::span<const Index> items, double weight) {
  Eigen::VectorXd turned = Eigen::VectorXd::Zero(inverse.rows());  // P x
  for (const Index item : items) {
    if (item < 0 || item >= inverse.cols())
      return fail(invalid("NO_SUCH_ITEM", "The model has no such item."));
    turned += inverse.col(item);
  }
  double inner = 0;  // xᵀ P x
  for (const Index item : items) inner += turned[item];
  const double left = 1 - weight * inner;
  // λ is in the matrix whoever leaves, so what is left is above 0 for everyone who was in it.
  if (!(left > 1e-12)) return fail(invalid("NOT_IN_MODEL", "The model was not made with such a user."));
  inverse.selfadjointView<Eigen::Lower>().rankUpdate(turned, weight / left);
  inverse.triangularView<Eigen::StrictlyUpper>() = inverse.transpose();
  return {};
}

Eigen::MatrixXd ease_weights(const Eigen::MatrixXd& inverse) {
  Eigen::MatrixXd out = -(inverse.array().rowwise() / inverse.diagonal().transpose().array()).matrix();
  out.diagonal().setZero();
  return out;
}

}  // namespace cliffhanger::learn
