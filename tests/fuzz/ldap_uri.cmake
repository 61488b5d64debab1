if(TARGET gatehouse_ldap)
  gatehouse_fuzz_target(ldap_uri SOURCES "${CMAKE_CURRENT_LIST_DIR}/ldap_uri.cpp" LIBRARIES gatehouse_ldap)
endif()
