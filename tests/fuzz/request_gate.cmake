# The head of a request and its chunked body, on their way to an upstream.
gatehouse_fuzz_target(request_gate SOURCES request_gate.cpp LIBRARIES gatehouse_proxy)
target_include_directories(fuzz_request_gate PRIVATE "${PROJECT_SOURCE_DIR}/adapters/proxy/src")
