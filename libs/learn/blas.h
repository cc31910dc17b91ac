#pragma once
// The few LAPACK calls that Eigen does not make itself, and how many threads OpenBLAS takes for them.
#include <Eigen/Core>
#include <functional>

namespace cliffhanger::learn {

using Dense = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic>;  // by columns, as LAPACK has it

// OpenBLAS uses this many threads while one of these lives, and one otherwise. The number is the process's:
// only one at a time.
class BlasThreads {
 public:
  explicit BlasThreads(int threads);
  ~BlasThreads();
  BlasThreads(const BlasThreads&) = delete;
  BlasThreads& operator=(const BlasThreads&) = delete;
};

enum class Inversion { kDone, kNotDefinite, kLate };

// Makes a symmetric positive definite matrix (lower half read) its inverse (both halves written), in place.
// In blocks of columns, of which none takes more than 2 · rows² · 256 operations; before each it asks whether
// time is up. The matrix is of no use then, nor if it is not definite.
Inversion invert_definite(Dense& matrix, const std::function<bool()>& expired = {});

// Solves A x = b for a small definite A (lower half read, destroyed); `b` becomes x. False if A is not
// definite.
bool solve_definite(Dense& a, Eigen::Ref<Eigen::VectorXf> b);

// Makes the columns of a tall matrix orthonormal, in place (Cholesky QR, twice: Yamamoto et al. 2015).
// Columns that depend on others to within rounding become small noise that later steps ignore.
void orthonormalise(Dense& matrix);

// Floating-point operations a second of one thread in a dense product, measured here and now: about 10 ms.
double measured_speed();

}  // namespace cliffhanger::learn
