// SPDX-License-Identifier: Apache-2.0
#include "boundary/call_table.hpp"

namespace gatehouse::detail {

CallTable::CallTable(std::size_t slots) {
  slots_.reserve(slots);
  for (std::size_t i = 0; i < slots; ++i) slots_.push_back(std::make_unique<Slot>());
}

gatehouse_call* CallTable::open(SteadyTime deadline, const std::atomic<bool>& abandoned, const Admit& admit) {
  const std::size_t start = hint_.fetch_add(1);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const std::size_t index = (start + i) % slots_.size();
    Slot& slot = *slots_[index];
    const std::lock_guard lock(slot.mutex);
    if (slot.handle != 0) continue;
    slot.handle = generation_.fetch_add(1) * slots_.size() + index;
    slot.deadline = deadline;
    slot.abandoned = &abandoned;
    slot.record = CallRecord();
    slot.record.admit = &admit;
    slot.record.thread = std::this_thread::get_id();
    return reinterpret_cast<gatehouse_call*>(static_cast<std::uintptr_t>(slot.handle));
  }
  return nullptr;
}

CallRecord CallTable::close(gatehouse_call* call) {
  const std::uint64_t handle = reinterpret_cast<std::uintptr_t>(call);
  Slot& slot = *slots_[handle % slots_.size()];
  const std::lock_guard lock(slot.mutex);
  CallRecord record = std::move(slot.record);
  slot.record = CallRecord();
  slot.handle = 0;
  slot.abandoned = nullptr;
  return record;
}

}  // namespace gatehouse::detail
