gatehouse_fuzz_target(introspection SOURCES "${CMAKE_CURRENT_LIST_DIR}/introspection.cpp" LIBRARIES gatehouse_oidc)
