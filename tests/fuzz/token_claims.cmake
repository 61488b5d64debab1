gatehouse_fuzz_target(token_claims SOURCES "${CMAKE_CURRENT_LIST_DIR}/token_claims.cpp" LIBRARIES gatehouse_oidc)
