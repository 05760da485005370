// SHA-256 of OpenSSL's libcrypto, which libhdf5-dev brings along.
#pragma once
#include <openssl/evp.h>
#include <openssl/sha.h>
