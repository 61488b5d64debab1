gatehouse_fuzz_target(jwks SOURCES "${CMAKE_CURRENT_LIST_DIR}/jwks.cpp" LIBRARIES gatehouse_oidc)
