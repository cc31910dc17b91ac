// Asio's own code, compiled once (BOOST_ASIO_SEPARATE_COMPILATION is set in cmake/targets.cmake).
#include <boost/asio/impl/src.hpp>
