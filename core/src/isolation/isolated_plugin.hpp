// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A plugin that is never loaded into this process: what is known of it, a helper process told.
#include <memory>
#include <string>

#include <gatehouse/result.hpp>

#include "isolation/remote.hpp"
#include "isolation/run.hpp"
#include "loading/plugin.hpp"

namespace gatehouse::detail::isolation {

class IsolatedPlugin {
 public:
  /// Starts a helper that loads `settings.library`, and checks what it says of the plugin as if it stood here. The
  /// helper ends with the first instance that is made, or with this object.
  [[nodiscard]] static Result<IsolatedPlugin> load(RemoteSettings settings);

  /// An ordinary plugin to whoever asks it, with `workers` calls at once.
  [[nodiscard]] std::shared_ptr<const Plugin> with(std::size_t workers) const;
  [[nodiscard]] const std::shared_ptr<const Plugin>& plugin() const noexcept { return plugin_; }

 private:
  IsolatedPlugin(RemoteSettings settings, std::shared_ptr<Run> probe, Plugin plugin, Bytes shape);
  RemoteSettings settings_;
  std::shared_ptr<Run> probe_;
  std::shared_ptr<const Plugin> plugin_;
  Bytes shape_;
};

}  // namespace gatehouse::detail::isolation
