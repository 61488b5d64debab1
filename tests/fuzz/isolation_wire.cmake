gatehouse_fuzz_target(isolation_wire
  SOURCES "${CMAKE_CURRENT_LIST_DIR}/isolation_wire.cpp" LIBRARIES gatehouse_core)
