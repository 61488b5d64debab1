gatehouse_fuzz_target(discovery SOURCES "${CMAKE_CURRENT_LIST_DIR}/discovery.cpp" LIBRARIES gatehouse_oidc)
