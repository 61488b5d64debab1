# The PROXY header, whole and cut.
gatehouse_fuzz_target(proxy_header SOURCES proxy_header.cpp LIBRARIES gatehouse_proxy)
target_include_directories(fuzz_proxy_header PRIVATE "${PROJECT_SOURCE_DIR}/adapters/proxy/src")
