# The head of an upstream's response, on its way to a caller.
gatehouse_fuzz_target(response_gate SOURCES response_gate.cpp LIBRARIES gatehouse_proxy)
target_include_directories(fuzz_response_gate PRIVATE "${PROJECT_SOURCE_DIR}/adapters/proxy/src")
