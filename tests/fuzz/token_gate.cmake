gatehouse_fuzz_target(token_gate SOURCES "${CMAKE_CURRENT_LIST_DIR}/token_gate.cpp" LIBRARIES gatehouse_oidc)
