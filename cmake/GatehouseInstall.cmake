# What `cmake --install` lays out: everything that an operator, an embedding server and a plugin author need.
# (gatehouse_add_plugin installs the plugins and their manifests itself.)
include(CMakePackageConfigHelpers)

set(GATEHOUSE_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/gatehouse")

install(DIRECTORY core/include/ adapters/http/include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")

set_target_properties(gatehouse PROPERTIES EXPORT_NAME gatehouse)
install(TARGETS gatehouse gatehouse_http gatehouse_plugin_headers EXPORT gatehouse-targets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")

# The tool and the libraries find each other in any prefix; in /usr the system's own search does, and a path in the
# file would only be in the way of whoever packages it.
set(tools "")
if(TARGET gatehouse_cli)
  list(APPEND tools gatehouse_cli)
  install(TARGETS gatehouse_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  file(RELATIVE_PATH from_bin "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
  set_target_properties(gatehouse gatehouse_http PROPERTIES INSTALL_RPATH "$ORIGIN")
  if(tools)
    set_target_properties(${tools} PROPERTIES INSTALL_RPATH "$ORIGIN/${from_bin}")
  endif()
endif()

# find_package(gatehouse)
install(EXPORT gatehouse-targets NAMESPACE gatehouse:: DESTINATION "${GATEHOUSE_CMAKE_DIR}")
set(GATEHOUSE_INSTALLED_PLUGINS "${GATEHOUSE_PLUGIN_SUBDIR}")
configure_package_config_file(cmake/gatehouse-config.cmake.in "${PROJECT_BINARY_DIR}/cmake/gatehouse-config.cmake"
  INSTALL_DESTINATION "${GATEHOUSE_CMAKE_DIR}" PATH_VARS GATEHOUSE_INSTALLED_PLUGINS)
# Before 1.0 a minor version may break what stands on it.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/gatehouse-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cmake/gatehouse-config.cmake"
  "${PROJECT_BINARY_DIR}/cmake/gatehouse-config-version.cmake" cmake/GatehouseAddPlugin.cmake
  DESTINATION "${GATEHOUSE_CMAKE_DIR}")

# pkg-config. The prefix is found from the file's own place, so that the tree can be moved.
set(pc_dir "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH GATEHOUSE_PC_PREFIX "${pc_dir}" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" GATEHOUSE_PC_PREFIX "${GATEHOUSE_PC_PREFIX}")
foreach(name gatehouse gatehouse-http gatehouse-plugin)
  configure_file(cmake/${name}.pc.in "${PROJECT_BINARY_DIR}/cmake/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/cmake/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()

install(FILES adapters/cli/share/gatehouse.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES adapters/cli/share/gatehouse.bash RENAME gatehouse
  DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
install(FILES LICENSE README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# systemd looks for units below /usr, or where an administrator links them from: an installation in a prefix of its own
# is told to systemd with `systemctl link`.
if(TARGET gatehouse_cli)
  configure_file(packaging/systemd/gatehouse.service.in "${PROJECT_BINARY_DIR}/packaging/gatehouse.service" @ONLY)
  configure_file(packaging/systemd/gatehouse.socket "${PROJECT_BINARY_DIR}/packaging/gatehouse.socket" COPYONLY)
  install(FILES "${PROJECT_BINARY_DIR}/packaging/gatehouse.service" packaging/systemd/gatehouse.socket
    DESTINATION lib/systemd/system)
  install(FILES packaging/systemd/gatehouse.sysusers RENAME gatehouse.conf DESTINATION lib/sysusers.d)
  install(FILES packaging/systemd/gatehouse.tmpfiles RENAME gatehouse.conf DESTINATION lib/tmpfiles.d)
endif()
