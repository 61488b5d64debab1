gatehouse_fuzz_target(dpop SOURCES "${CMAKE_CURRENT_LIST_DIR}/dpop.cpp" LIBRARIES gatehouse_oidc)
