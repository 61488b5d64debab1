gatehouse_fuzz_target(auth_wire
  SOURCES "${CMAKE_CURRENT_LIST_DIR}/auth_wire.cpp" LIBRARIES gatehouse_wire)
