if(TARGET gatehouse_ldap)
  gatehouse_fuzz_target(ldap_dn SOURCES "${CMAKE_CURRENT_LIST_DIR}/ldap_dn.cpp" LIBRARIES gatehouse_ldap)
endif()
